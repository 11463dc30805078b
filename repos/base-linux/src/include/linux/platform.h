/*
 * What the platform layer on Linux offers beyond the common interface
 *
 * Used by core, and by the layer itself.
 */

#pragma once

#include <base/protocol.h>

namespace Linux {

    using namespace Genode;

    /* capabilities are file descriptors, each process has room for that many */
    static constexpr int MAX_FDS = 4096;

    /*
     * The topmost ones are kept for the reply channels of calls
     *
     * As the host assigns the lowest free number, a capability with such a
     * number means that there is no room left. Without the reserve, a
     * component that ran out of capabilities could not even say so.
     */
    static constexpr int MAX_CAPS = MAX_FDS - 16;

    inline int fd(Cap cap) { return int(cap); }

    /* largest stack of a component, some of which the host uses before the component starts */
    static constexpr size_t STACK_SIZE = (64 + 16)*1024;

    /* false if the dataspace is memory that was freed in the meanwhile, asks core in components */
    bool dataspace_alive(Cap);

    /* report the readiness of a file descriptor once, as notification with 'badge' */
    Result watch(int fd, uint64_t badge);
    void   unwatch(int fd);

    /*
     * Operations of a PD that stay between core and the platform layer
     */
    namespace Pd {

        /* reply: cap[0] = dataspace */
        struct Ram_alloc
        {
            static constexpr uint32_t OP = 100;
            struct In  { uint64_t bytes; };
            struct Out { uint32_t id; };
        };

        struct Ram_free
        {
            static constexpr uint32_t OP = 101;
            struct In { uint32_t id; };
        };

        /* OK if cap[0] is a dataspace that can be attached */
        struct Check_dataspace { static constexpr uint32_t OP = 103; };

        /* report an exception of the calling component */
        struct Fault
        {
            static constexpr uint32_t OP = 102;
            struct In { uint64_t addr, ip; uint32_t kind; };
        };
    }
}
