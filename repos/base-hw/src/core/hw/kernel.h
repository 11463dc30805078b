/*
 * Entry points of the kernel, called by the code for the machine
 */

#pragma once

#include <types.h>

namespace Hw::Kernel {

    /*
     * Start core, then the first component
     *
     * RAM, paging, exceptions, and timer are in working order.
     */
    [[noreturn]] void main();
}
