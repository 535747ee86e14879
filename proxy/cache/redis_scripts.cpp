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
local enough = tonumber(ARGV[7])
if not holder and enough > 0 then
  local failed = text(KEYS[5])
  local times = failed and tonumber(string.match(failed, '^%d+'))
  if times and times >= enough then return {4, failed} end
end
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

// Notes a variant among those of its resource; of more than `most`, those go whose record is gone
// already, and then those stored longest ago (SEC-11). Their names are not among KEYS: they carry
// the same hash tag. A lost or foreign list begins anew: then a resource may for a while have more.
constexpr std::string_view kAdmit = R"lua(
local function forget_ended(list, prefix)
  for _, variant in ipairs(redis.call('ZRANGE', list, 0, -1)) do
    if redis.call('EXISTS', prefix .. variant) == 0 then redis.call('ZREM', list, variant) end
  end
end

local function make_room(list, most, prefix)
  if redis.call('ZCARD', list) < most then return end
  forget_ended(list, prefix)
  local excess = redis.call('ZCARD', list) + 1 - most
  if excess <= 0 then return end
  local oldest = redis.call('ZPOPMIN', list, excess)
  for i = 1, #oldest, 2 do redis.call('UNLINK', prefix .. oldest[i]) end
end

local function admit(list, variant, most, prefix, life)
  local kind = redis.call('TYPE', list).ok
  if kind ~= 'zset' and kind ~= 'none' then redis.call('UNLINK', list) end
  if not redis.call('ZSCORE', list, variant) then make_room(list, most, prefix) end
  local time = redis.call('TIME')
  redis.call('ZADD', list, string.format('%.0f', time[1] * 1000000 + time[2]), variant)
  local keep = math.max(redis.call('PTTL', list), life)
  redis.call('PEXPIRE', list, string.format('%.0f', keep))
end
)lua";

constexpr std::string_view kFail = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
local times = tonumber(string.match(text(KEYS[4]) or '', '^%d+')) or 0
redis.pcall('SET', KEYS[4], (times + 1) .. ' ' .. ARGV[4], 'PX', ARGV[5])
redis.call('DEL', KEYS[1], KEYS[3])
wake(KEYS[2], ARGV[2], ARGV[3])
return 1
)lua";

// The index lives as long as the longest-lived variant that it leads to.
constexpr std::string_view kStore = R"lua(
if text(KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[4] ~= '' and entity(KEYS[3]) ~= ARGV[4] then return 2 end
if ARGV[8] ~= '' then admit(KEYS[6], ARGV[8], tonumber(ARGV[9]), ARGV[10], tonumber(ARGV[6])) end
redis.call('SET', KEYS[3], ARGV[5], 'PX', ARGV[6])
redis.call('PEXPIRE', KEYS[5], ARGV[7])
if KEYS[7] then
  local life = math.max(redis.call('PTTL', KEYS[7]), tonumber(ARGV[6]))
  redis.call('SET', KEYS[7], ARGV[11], 'PX', string.format('%.0f', life))
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

const redis::Script& fail() {
  static const redis::Script script = script_of(kText, kWake, kFail);
  return script;
}

const redis::Script& store() {
  static const redis::Script script = script_of(kText, kEntity, kWake, kAdmit, kStore);
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
