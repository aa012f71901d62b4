-- For wrk: posts of mixed sizes, in the same order in each run.
local sizes = { 300, 2000, 60000, 800, 20000, 5000, 100, 40000, 1000, 10000 }
local requests = {}
local turn = 0

function init()
  for i, size in ipairs(sizes) do
    requests[i] = wrk.format('POST', '/', nil, string.rep('x', size))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
