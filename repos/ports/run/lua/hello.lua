-- What the interpreter needs of the C library, one line each

print(_VERSION, #arg, arg[1], arg[2], os.getenv("GREETING"))

-- numbers to text and back
print(string.format("%d %5.2f %e %g %x %q", -42, math.pi, 12345.678, 1e-5, 255, 0.1))
print(1e15, 1e100, 2^53, 0.1 + 0.2, -0.0, 1/0, 100 // 7, -7 % 3, 7.5 // 2)
print(tonumber("0x1.8p3"), tonumber("1e-320"), tonumber("179769313486231570e291"), tonumber("x"))
print(string.format("%.17g %.3f %a", 1/3, 2.0005, 0.5), math.tointeger("8"), 9007199254740993)

-- functions of numbers
print(string.format("%.15g %.15g %.15g", math.sin(1e22), math.exp(1), math.log(10)))
print(string.format("%.15g %.15g %.15g", 2^0.5, math.atan(1, -1), math.fmod(-5.5, 2)))
print(math.floor(-3.5), math.ceil(-3.5), math.log(1024, 2), math.log(1000, 10), math.ult(1, -1))

-- text
print(("Genode"):rep(3, "-"), ("%w"):gsub("%%", "$"), ("a,b,,c"):find(",", 1, true))
print(("x = 1, y = 22"):gsub("(%w) = (%d+)", "%2 = %1"))
print(string.pack("<i4d", 7, 0.5):byte(1, -1))
print(("äß€"):len(), utf8.len("äß€"), utf8.char(8364), ("b" < "a"), ("Z" < "a"))

-- a module of its own, sorting
local counts = require("words").count("the fox and the dog and the hen")
local names = {}
for name in pairs(counts) do names[#names + 1] = name end
table.sort(names, function(a, b)
    return counts[a] > counts[b] or counts[a] == counts[b] and a < b
end)
for i, name in ipairs(names) do names[i] = name .. "=" .. counts[name] end
print(table.concat(names, " "))

-- many numbers in order
local numbers, state = {}, 1
for i = 1, 20000 do
    state = state*16807 % 2147483647
    numbers[i] = state
end
table.sort(numbers)
local sum, ordered = 0, true
for i, n in ipairs(numbers) do
    sum = sum ~ n
    ordered = ordered and (i == 1 or numbers[i - 1] <= n)
end
print(#numbers, ordered, sum, numbers[1], numbers[#numbers])

-- errors leave functions by 'longjmp'
print(pcall(error, "a reason"), select("#", pcall(error)))
print(pcall(function() local t; return t.x end))
print(select(2, load("x = = 1", "=text")))
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
print(deep(10000))
local function nested(n) return (("x"):gsub("x", function() return nested(n + 1) end)) end
print(select(2, pcall(nested, 1)):match("C stack overflow"))
print(select(2, pcall(string.rep, "x", 1 << 40)):match("[^:]*$"))

-- memory comes to an end, and back
local function fill()
    local hold = {}
    for i = 1, 1000 do hold[i] = ("x"):rep(1 << 16) .. i end
end
print(pcall(fill))
collectgarbage()
print(#("y"):rep(1 << 20))

-- coroutines
local co = coroutine.wrap(function(...)
    local n = select("#", ...)
    while true do n = n + coroutine.yield(n) end
end)
print(co("a", "b"), co(3), co(5))

-- files are ROM modules, read-only
local file <close> = io.open("words.lua")
print(file:seek("end"), file:seek("set", 3), file:read("l"))
print(file:read("n", "a") == nil, #file:read("a") > 100, file:read("l"))
print(io.open("words.lua", "w"))
print(io.open("no-such-module"))
print(os.remove("words.lua"))
print(io.read("l"), io.type(file))

-- there is no calendar clock, and it is said so
print(pcall(os.time))
print(os.time({ year = 2026, month = 11, day = 21, hour = 12 }))
print(os.date("!%A %d %B %Y %H:%M:%S", 1795262400), os.date("!*t", 0).year)
print(os.execute(), os.setlocale("de_DE"), os.setlocale())

io.write("done", ".\n")
os.exit(3, true)
