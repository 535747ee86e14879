#include "proxy/invalidation/log_scripts.hpp"

#include <string>

namespace wf::invalidation::scripts {

namespace {

// pcall: a key of another type was not made by us, and counts as lost.
constexpr std::string_view kLook = R"lua(
local LOG, INDEX, NODES = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function whole(number) return string.format('%.0f', number) end

local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local lineage = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local identity = (server or '') .. (lineage or '')

local last = redis.pcall('XREVRANGE', LOG, '+', '-', 'COUNT', 1)
local tail, log_birth
if not last.err and last[1] then tail, log_birth = last[1][1], last[1][2][2] end
local made = redis.pcall('HMGET', NODES, 'birth', 'identity')
local birth = not made.err and made[1]
local ours = birth and made[2] == identity
local mark = redis.pcall('ZSCORE', INDEX, '')
local indexed = type(mark) == 'string' and tonumber(mark) or nil
local intact = ours and log_birth == birth and indexed == -tonumber(birth)
)lua";

constexpr std::string_view kEnsure = R"lua(
local window, retention, lease = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not intact then
  local known = ours and (not log_birth or log_birth == birth)
      and (not indexed or indexed == -tonumber(birth))
  birth = ARGV[1]
  tail = whole(now) .. '-0'
  redis.call('DEL', LOG, INDEX)
  if not known then
    redis.call('DEL', NODES)
    redis.call('HSET', NODES, 'quiet', whole(now + lease))
  end
  redis.call('HSET', NODES, 'birth', birth, 'identity', identity)
  redis.call('XADD', LOG, tail, 'b', birth)
  redis.call('ZADD', INDEX, whole(-tonumber(birth)), '')
end

-- Only what is certainly older, never the tail, and so much at a time.
local function tidy()
  local old = now - retention
  local tail_ms = tonumber(string.match(tail, '%d+'))
  redis.call('XTRIM', LOG, 'MINID', '~', whole(math.max(0, math.min(old, tail_ms))))
  local dead = redis.call('ZCOUNT', INDEX, 0, whole((now - window) * 1024))
  if dead > 0 then redis.call('ZREMRANGEBYRANK', INDEX, 1, math.min(dead, 2500)) end
  local life = whole(window + 10 * lease)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, life) end
end
)lua";

// What lapsed a minute ago is of no interest to anybody.
constexpr std::string_view kNodes = R"lua(
local function members()
  local out = {}
  local all = redis.call('HGETALL', NODES)
  for i = 1, #all, 2 do
    local name = string.match(all[i], '^n:(.*)$')
    if name then
      local b, position, ends, length = string.match(all[i + 1], '(%S+) (%S+) (%S+) (%S+)')
      local left = tonumber(ends) - now
      if left < -60000 then
        redis.call('HDEL', NODES, all[i])
      else
        out[#out + 1] = {name, b, position, whole(math.max(0, left)), length}
      end
    end
  end
  return out
end
local function quiet()
  return whole(math.max(0, (tonumber(redis.call('HGET', NODES, 'quiet')) or 0) - now))
end
)lua";

// From the flags and the selectors, which are the arguments from `first` on.
constexpr std::string_view kEntry = R"lua(
local ms, n = string.match(tail, '(%d+)-(%d+)')
ms, n = tonumber(ms), tonumber(n) + 1
if now > ms then
  ms, n = now, 0
elseif n >= 1024 then
  ms, n = ms + 1, 0
end
local entry, moved = {'b', birth}, {}
if flags ~= '' then
  entry[3], entry[4] = 'f', flags
end
local score = whole(ms * 1024 + n)
for i = first, #ARGV do
  entry[#entry + 1] = 's'
  entry[#entry + 1] = ARGV[i]
  moved[#moved + 1] = score
  moved[#moved + 1] = ARGV[i]
end
tail = whole(ms) .. '-' .. n
redis.call('XADD', LOG, tail, unpack(entry))
if #moved > 0 then redis.call('ZADD', INDEX, unpack(moved)) end
)lua";

constexpr std::string_view kProxysArguments = R"lua(
local flags, first = ARGV[5], 6
)lua";

constexpr std::string_view kTellFleet = R"lua(
tidy()
return {birth, tail, quiet(), members()}
)lua";

// Public: its keys, arguments and answers are documented in docs/admin.md, and applications have
// copies of it. What it appends must be understood by proxies of later versions.
constexpr std::string_view kEventHead =
    R"lua(-- Warmfront: purges, called by an application. Version 1.
--   KEYS {wf}:log {wf}:index {wf}:nodes ("wf": store.redis.prefix)
--   ARGV selectors, 1 to 200:
--     "t tag"  "u host path?query"  "p host path"  "x host /prefix"  "g host glob"  "n route"
--     A "~" before one makes what matches stale instead of void.
-- Answers the purge's sequence, "ms-n". An empty string: log, index and nodes are not all there, so
-- everything that is stored is void already.
local flags, first = '', 1
if #ARGV < 1 or #ARGV > 200 then
  return redis.error_reply('WARMFRONT from 1 to 200 selectors are needed')
end
for i, selector in ipairs(ARGV) do
  local good = string.match(selector, '^~?[uptxgn] [^ ]') and not string.find(selector, '%c')
  if not good or #selector > 8192 then
    return redis.error_reply('WARMFRONT argument ' .. i .. ' is no selector; see docs/admin.md')
  end
end
)lua";

// It makes no birth, which would need to know the fleet's settings: the next script of a proxy
// does, once it finds the log gone. Until then no lease can be renewed but by that script.
constexpr std::string_view kEventOfNobody = R"lua(
if not intact then
  redis.call('DEL', LOG, INDEX)
  return ''
end
)lua";

constexpr std::string_view kEventTail = "return tail\n";

// The entry at the reader's position is the first that is read: as long as it is there, nothing
// after it was trimmed.
constexpr std::string_view kCatchUp = R"lua(
tidy()
if ARGV[8] ~= '' and ARGV[6] == birth then
  redis.pcall('PUBLISH', ARGV[8], birth .. ' ' .. ARGV[7] .. ' ' .. ARGV[5])
end
local entries = redis.call('XRANGE', LOG, ARGV[7], '+', 'COUNT', 1002)
if ARGV[6] ~= birth or not entries[1] or entries[1][1] ~= ARGV[7] then
  return {birth, 0, time[1], time[2], 0, {}}
end
table.remove(entries, 1)
local granted = 0
if #entries <= 1000 then
  granted = lease
  local state = {birth, ARGV[7], whole(now + lease), whole(lease)}
  redis.call('HSET', NODES, 'n:' .. ARGV[5], table.concat(state, ' '))
end
return {birth, 1, time[1], time[2], granted, entries}
)lua";

constexpr std::string_view kReload = R"lua(
tidy()
return {birth, tail, identity,
        redis.call('ZRANGEBYSCORE', INDEX, ARGV[5], '+inf', 'WITHSCORES', 'LIMIT', 0, 5000)}
)lua";

constexpr std::string_view kList = R"lua(
tidy()
return {birth, tail, quiet(), members()}
)lua";

template <class... Parts>
redis::Script script_of(Parts... parts) {
  std::string source;
  (source.append(parts), ...);
  return redis::Script{std::move(source)};
}

}  // namespace

const redis::Script& append() {
  static const redis::Script script =
      script_of(kLook, kEnsure, kNodes, kProxysArguments, kEntry, kTellFleet);
  return script;
}

const redis::Script& event() {
  static const redis::Script script =
      script_of(kEventHead, kLook, kEventOfNobody, kEntry, kEventTail);
  return script;
}

const redis::Script& catch_up() {
  static const redis::Script script = script_of(kLook, kEnsure, kCatchUp);
  return script;
}

const redis::Script& reload() {
  static const redis::Script script = script_of(kLook, kEnsure, kReload);
  return script;
}

const redis::Script& nodes() {
  static const redis::Script script = script_of(kLook, kEnsure, kNodes, kList);
  return script;
}

}  // namespace wf::invalidation::scripts
