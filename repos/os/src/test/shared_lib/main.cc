/*
 * Test of shared libraries: a program uses a library, which uses another one
 *
 * Code, data, virtual functions, and the construction of static objects work
 * across the borders.
 */

#include <base/component.h>
#include <base/log.h>
#include <greeting.h>
#include <words.h>

using namespace Genode;

static struct Announcer { Announcer() { log("program is ready"); } } announcer;


void Component::construct(Env &env)
{
    log("greeting: ", Greeting::source());
    log("answer:   ", Greeting::answer);

    Greeting::answer++;
    log("changed:  ", Greeting::answer);

    /* the program's view of the variable is that of the library */
    log("calls:    ", Words::num_calls);

    log("Test done.");
    env.parent().exit(0);
}
