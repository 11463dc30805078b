/*
 * Checks of what 'kernel-interface.md' says about the platform functions
 */

#pragma once

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>

namespace Test {

    using namespace Genode;

    /* print the outcome, the run script knows what it has to be */
    inline void show(char const *what, Result result) { log(what, ": ", name(result)); }
    inline void show(char const *what, bool holds)    { log(what, ": ", holds ? "yes" : "no"); }

    inline void title(char const *text) { log("--- ", text, " ---"); }

    void check_events();
    void check_memory(Env &);
    void check_calls(Env &);
}
