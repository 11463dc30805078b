/*
 * Beginning and end of a program
 */

#include <base/log.h>
#include <libc/component.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>
#include "internal.h"

int errno;

namespace {

    Genode::Env *environment;

    constexpr unsigned MAX_FUNCTIONS = 32;  /* as many as the standard demands */

    void   (*functions[MAX_FUNCTIONS])();
    unsigned num_functions;

    struct Variable
    {
        Variable *next;
        char     *name, *value;
    };

    Variable *variables;
}


Genode::Env *Libc::env() { return environment; }


void Libc::init(Genode::Env &env) { environment = &env; }


bool Libc::set_variable(Genode::Text name, Genode::Text value)
{
    Variable *const variable = static_cast<Variable *>(malloc(sizeof(Variable)));
    if (!variable)
        return false;

    *variable = { .next  = variables,
                  .name  = strndup(name.start(), name.len()),
                  .value = strndup(value.start(), value.len()) };

    if (!variable->name || !variable->value)
        return false;

    variables = variable;
    return true;
}


char *getenv(char const *name)
{
    for (Variable *v = variables; v; v = v->next)
        if (!strcmp(v->name, name))
            return v->value;

    return nullptr;
}


int atexit(void (*function)())
{
    if (num_functions == MAX_FUNCTIONS)
        return -1;

    functions[num_functions++] = function;
    return 0;
}


void _Exit(int value)
{
    if (environment)
        environment->parent().exit(value);

    __builtin_trap();
}


void exit(int value)
{
    while (num_functions)
        functions[--num_functions]();

    Libc::flush_streams();
    _Exit(value);
}


/*
 * The parent learns of it as of any other fault
 */
void abort()
{
    Libc::flush_streams();
    Genode::error("abort");
    __builtin_trap();
}


extern "C" void __assertion_failed(char const *condition, char const *file, int line,
                                   char const *function)
{
    Libc::flush_streams();
    Genode::error(file, ":", line, ": ", function, ": assertion failed: ", condition);
    abort();
}


int system(char const *command)
{
    if (!command)
        return 0;

    errno = ENOSYS;
    return -1;
}
