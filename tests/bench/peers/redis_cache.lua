-- A cache in Redis, as it is written by hand for nginx: GET, else fetch from the origin and SET.
-- One command, one reply; the connection goes back to the worker's pool.
local key = "lua:" .. ngx.var.request_uri
local redis = ngx.socket.tcp()
assert(redis:connect("127.0.0.1", redis_port, {pool_size = 1024}))

local function ask(...)
  local command = {"*", select("#", ...), "\r\n"}
  for _, word in ipairs({...}) do
    command[#command + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
  end
  assert(redis:send(command))
  return assert(redis:receive())
end

local body
local reply = ask("GET", key)
if reply:sub(1, 1) == "$" and reply ~= "$-1" then
  body = assert(redis:receive(tonumber(reply:sub(2))))
  assert(redis:receive(2))
else
  local fetched = ngx.location.capture("/origin" .. ngx.var.request_uri)
  body = fetched.body
  ask("SET", key, body, "EX", "3600")
end
redis:setkeepalive(300000, 1024)
ngx.header["Content-Length"] = #body
ngx.print(body)
