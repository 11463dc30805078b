/*
 * What the parts of the C library know of each other
 */

#pragma once

#include <base/env.h>

namespace Libc {

    /* the component's environment, or nullptr before 'Libc::init' */
    Genode::Env *env();

    /* emit what is left in unfinished lines */
    void flush_streams();
}
