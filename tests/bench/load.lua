-- wrk's part of the HTTP benches. `wrk … -s load.lua URL -- FILE METHOD`: FILE has a line for each request in turn,
-- "path token", where - means no token; with a METHOD that has a body, the body is in FILE.body.
-- At the end one line of JSON. An answer other than 2xx makes the figure void: it is counted in "bad".
local requests, turn = {}, 0

function init(arguments)
  local file, method = arguments[1], arguments[2]
  local body
  if method ~= "GET" then
    body = io.open(file .. ".body"):read("*a")
  end
  for line in io.lines(file) do
    local path, token = line:match("(%S+) (%S+)")
    local headers = {}
    if token ~= "-" then
      headers["Authorization"] = "Bearer " .. token
    end
    if body then
      headers["Content-Type"] = "application/json"
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local bad = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('{"count": %d, "seconds": %.6f, "p50_us": %d, "p99_us": %d, "bad": %d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), bad))
end
