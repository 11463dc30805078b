-- a module, found as ROM module

local words = {}

function words.count(text)
    local counts = {}
    for word in text:lower():gmatch("%a+") do
        counts[word] = (counts[word] or 0) + 1
    end
    return counts
end

return words
