/*
 * What the start of a component takes
 */

#pragma once

#include <base/platform.h>
#include <util/attempt.h>

namespace Core {

    using namespace Genode;

    /* bytes of memory for a start with the given linker, BAD_ARGUMENT if it is not loadable */
    Attempt<size_t> initial_memory(Cap ld);
}
