/*
 * Checks of the platform interface, one group after the other
 */

#include <checks.h>


void Component::construct(Genode::Env &env)
{
    Test::check_events();
    Test::check_memory(env);
    Test::check_calls(env);

    Genode::log("Test done.");
    env.parent().exit(0);
}
