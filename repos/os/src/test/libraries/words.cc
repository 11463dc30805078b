/*
 * Library without a list of symbols, its users are linked against itself
 */

#include <base/log.h>
#include <words.h>

namespace {

    char const *const words[] { "hello", "from", "a", "library" };

    /* a static object shows that, and when, the library is set up */
    struct Announcer { Announcer() { Genode::log("words are ready"); } } announcer;
}


unsigned Words::num_calls;


char const *Words::word(unsigned index)
{
    num_calls++;

    return index < sizeof(words)/sizeof(words[0]) ? words[index] : nullptr;
}
