/*
 * Library with a binary interface of its own
 */

#pragma once

#include <base/output.h>

namespace Greeting {

    struct Source
    {
        virtual void print(Genode::Output &) const = 0;
    };

    Source &source();

    /* data of the library, reached from the program through the GOT */
    extern int answer;
}
