/*
 * Library with a binary interface of its own, see 'lib/symbols/test-greeting'
 */

#include <base/log.h>
#include <greeting.h>
#include <phrase.h>
#include <words.h>

namespace {

    struct Announcer
    {
        Announcer() { Genode::log("greeting is ready, ", Words::word(1)); }

    } announcer;

    struct Word_source : Greeting::Source
    {
        void print(Genode::Output &out) const override
        {
            for (unsigned i = 0; char const *word = Words::word(i); i++)
                Genode::print(out, i ? " " : "", word);

            Genode::print(out, ", ", phrase());
        }
    };
}


int Greeting::answer = 42;


Greeting::Source &Greeting::source()
{
    static Word_source source;
    return source;
}
