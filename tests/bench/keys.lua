-- Asks for one of so many keys, chosen evenly: wrk … -- PREFIX COUNT [once]. With "once" no key
-- comes twice: every request is a miss.
dofile("report.lua")

local requests, count, once, at = {}, 0, false, 0

function init(args)
  local prefix = args[1]
  count, once = tonumber(args[2]), args[3] == "once"
  for i = 1, count do requests[i] = wrk.format("GET", prefix .. i) end
  math.randomseed(os.time())
end

function request()
  at = once and at % count + 1 or math.random(count)
  return requests[at]
end
