/*
 * Core on Linux
 *
 * An ordinary process without privileges, which is the parent of all others.
 * It is started in the directory that has the boot modules, prints to its
 * standard output, and ends when it is killed, together with all components.
 */

#include <base/entrypoint.h>
#include <linux/platform.h>
#include <init_parent.h>

using namespace Core;

namespace {

    /* ask for the most recent system call of those in use, with an argument that is refused */
    bool host_is_recent_enough()
    {
        Linux::Epoll_event event { };
        return Linux::epoll_wait_one(-1, event, nullptr) != -Linux::ENOSYS;
    }
}


extern "C" [[noreturn]] void core_main()
{
    /* the host decides how much there really is, this is what we promise to init */
    constexpr uint64_t RAM_MIB = 512;

    if (!host_is_recent_enough()) {
        log("Error: this host's kernel is too old, Linux 5.11 is needed at least");
        Linux::exit(1);
    }

    if (Linux::limit(Linux::RLIMIT_NOFILE, Linux::MAX_FDS) < 0) {
        log("Error: this host permits less than ", Linux::MAX_FDS, " open files per process");
        Linux::exit(1);
    }

    /* whatever else we inherited is none of our components' business */
    (void)Linux::close_range(3);

    log("core: linux kernel on host, ", RAM_MIB, " MiB RAM free");

    static Heap        heap;
    static Init_parent init_parent(heap);
    static Entrypoint  ep;

    if (!init_parent.start_init(RAM_MIB << 20))
        Linux::exit(1);

    ep.run();
}
