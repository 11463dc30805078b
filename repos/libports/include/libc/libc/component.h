/*
 * Use of the C library by components
 *
 * A program with 'main' uses the library 'libc_main', which does this for it. A
 * component that defines 'Component::construct' calls 'init' first of all.
 */

#pragma once

#include <base/env.h>

namespace Libc {

    void init(Genode::Env &);

    /* define a variable for 'getenv', false if there is no memory */
    bool set_variable(Genode::Text name, Genode::Text value);

    /* call a function on a stack of its own, e.g., a larger one, which grows down from 'top' */
    void call_on_stack(void *top, void (*function)(void *), void *argument);
}
