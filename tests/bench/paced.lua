-- As report.lua, with a pause of so many milliseconds before each request of a connection.
dofile("report.lua")

local pause = 0

function init(args) pause = tonumber(args[1]) end

function delay() return pause end
