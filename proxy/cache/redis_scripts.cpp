#include "proxy/cache/redis_scripts.hpp"

#include <string>

namespace wf::cache::scripts {
namespace {

// A key of ours that holds no string was not written by us (FM-09): it goes, and counts as absent.
constexpr std::string_view kText = R"lua(
local function text(key)
  local value = redis.pcall('GET', key)
  if type(value) == 'table' then
    redis.call('UNLINK', key)
    return false
  end
  return value
end
)lua";

// The entity id of a sound-looking record, or nothing. Reads the first bytes only, however long the
// value is; the checksum is the reader's business.
constexpr std::string_view kEntity = R"lua(
local function entity(key)
  local head = redis.pcall('GETRANGE', key, 0, 23)
  if type(head) ~= 'string' or #head < 24 then return nil end
  return string.sub(head, 9, 24), string.sub(head, 1, 6)
end
)lua";

constexpr std::string_view kWake = R"lua(
local function wake(waiting, channel, slot)
  if redis.call('DEL', waiting) == 1 then redis.call('PUBLISH', channel, slot) end
end
)lua";

constexpr std::string_view kAcquire = R"lua(
local id, prefix = entity(KEYS[1])
if prefix == ARGV[5] and id ~= ARGV[1] and redis.call('STRLEN', KEYS[1]) <= tonumber(ARGV[6]) then
  return {0, ''}
end
local holder = text(KEYS[2])
if not holder or holder == ARGV[2] then  -- mine: the answer to an earlier try was lost
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  return {1, ''}
end
if redis.call('EXISTS', KEYS[4]) == 1 then return {3, holder} end
redis.pcall('SET', KEYS[3], '1', 'PX', ARGV[4])  -- when memory is full the waiter polls
return {2, holder}
)lua";

constexpr std::string_view kTakeOver = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('UNLINK', KEYS[2])
return 1
)lua";

constexpr std::string_view kRenew = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)lua";

constexpr std::string_view kAnnounce = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
wake(KEYS[2], ARGV[2], ARGV[3])
return 1
)lua";

constexpr std::string_view kRelease = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[3])
wake(KEYS[2], ARGV[2], ARGV[3])
return 1
)lua";

// The index lives as long as the longest-lived variant that it leads to.
constexpr std::string_view kStore = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[4] ~= '' and entity(KEYS[3]) ~= ARGV[4] then return 2 end
redis.call('SET', KEYS[3], ARGV[5], 'PX', ARGV[6])
redis.call('PEXPIRE', KEYS[5], ARGV[7])
if KEYS[6] then
  local life = math.max(redis.call('PTTL', KEYS[6]), tonumber(ARGV[9]))
  redis.call('SET', KEYS[6], ARGV[8], 'PX', string.format('%.0f', life))
end
redis.call('DEL', KEYS[1], KEYS[4])
wake(KEYS[2], ARGV[2], ARGV[3])
return 1
)lua";

constexpr std::string_view kDropUnsound = R"lua(
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'number' and length <= tonumber(ARGV[4]) then
  if length ~= tonumber(ARGV[1]) then return 0 end
  if redis.call('GETRANGE', KEYS[1], 0, 63) ~= ARGV[2] then return 0 end
  if redis.call('GETRANGE', KEYS[1], -64, -1) ~= ARGV[3] then return 0 end
end
return redis.call('UNLINK', KEYS[1])
)lua";

constexpr std::string_view kDropEntity = R"lua(
if entity(KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])
)lua";

constexpr std::string_view kProlong = R"lua(
for _, key in ipairs(KEYS) do
  if redis.call('PEXPIRE', key, ARGV[1]) == 0 then return 0 end
end
return 1
)lua";

template <class... Parts>
redis::Script script_of(Parts... parts) {
  std::string source;
  (source.append(parts), ...);
  return redis::Script{std::move(source)};
}

}  // namespace

const redis::Script& acquire() {
  static const redis::Script script = script_of(kText, kEntity, kAcquire);
  return script;
}

const redis::Script& take_over() {
  static const redis::Script script = script_of(kText, kTakeOver);
  return script;
}

const redis::Script& renew() {
  static const redis::Script script = script_of(kText, kRenew);
  return script;
}

const redis::Script& release() {
  static const redis::Script script = script_of(kText, kWake, kRelease);
  return script;
}

const redis::Script& store() {
  static const redis::Script script = script_of(kText, kEntity, kWake, kStore);
  return script;
}

const redis::Script& drop_unsound() {
  static const redis::Script script = script_of(kDropUnsound);
  return script;
}

const redis::Script& announce() {
  static const redis::Script script = script_of(kText, kWake, kAnnounce);
  return script;
}

const redis::Script& drop_entity() {
  static const redis::Script script = script_of(kEntity, kDropEntity);
  return script;
}

const redis::Script& prolong() {
  static const redis::Script script = script_of(kProlong);
  return script;
}

}  // namespace wf::cache::scripts
