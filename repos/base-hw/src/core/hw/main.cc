/*
 * Start of core
 */

#include <boot_modules.h>
#include <console.h>
#include <core.h>
#include <kernel.h>
#include <ram.h>
#include <scheduler.h>

using namespace Hw;


void Kernel::main()
{
    line("core: hw kernel on pc, ", Ram::avail() >> 20, " MiB RAM free, 1 CPU");

    Boot_module::init();

    /* constructed in place, because there is nobody to run constructors or destructors */
    alignas(Core) static char core[sizeof(Core)];
    Core &parent = *new (core) Core();
    parent.acquire();

    parent.start_init();

    Scheduler::leave();
}
