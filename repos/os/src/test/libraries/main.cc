/*
 * Test of libraries: a program uses a shared library, which uses another one,
 * and both use a static one
 *
 * Code, data, virtual functions, and the construction of static objects work
 * across the borders.
 */

#include <base/component.h>
#include <base/log.h>
#include <greeting.h>
#include <phrase.h>
#include <words.h>

using namespace Genode;

/* start and end of 'motto.txt', which is part of the program */
extern char const _binary_motto_txt_start[], _binary_motto_txt_end[];

static struct Announcer { Announcer() { log("program is ready"); } } announcer;


void Component::construct(Env &env)
{
    log("greeting: ", Greeting::source());
    log("answer:   ", Greeting::answer);

    Greeting::answer++;
    log("changed:  ", Greeting::answer);

    /* the program's view of the variable is that of the library */
    log("calls:    ", Words::num_calls);

    log("program:  ", phrase());
    log("file:     ", Text(_binary_motto_txt_start,
                           size_t(_binary_motto_txt_end - _binary_motto_txt_start)));

    log("Test done.");
    env.parent().exit(0);
}
