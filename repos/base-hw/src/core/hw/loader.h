/*
 * Initial memory of a component: run-time linker and stack
 */

#pragma once

#include <dataspace.h>

namespace Hw {

    struct Loaded
    {
        Result result;
        addr_t entry, stack;   /* initial instruction and stack pointers */
    };

    /*
     * Map the segments of 'ld' and a stack into the address space of 'pd'
     *
     * The result is OK, BAD_ARGUMENT for files that are not loadable, or
     * OUT_OF_RAM. If it is not OK, 'pd' may be left with a part of the memory.
     */
    Loaded load(Pd &pd, Dataspace &ld);
}
