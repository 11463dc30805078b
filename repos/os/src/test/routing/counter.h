/*
 * Service of the routing test: each session counts its calls
 */

#pragma once

#include <base/types.h>

namespace Counter {

    using namespace Genode;

    /* add to the session's counter, reply with the sum */
    struct Add
    {
        static constexpr uint32_t OP = 1;
        struct In  { uint64_t value; };
        struct Out { uint64_t sum; };
    };
}
