-- Warmfront: purges, called by an application. Version 1.
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

if not intact then
  redis.call('DEL', LOG, INDEX)
  return ''
end

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
return tail
