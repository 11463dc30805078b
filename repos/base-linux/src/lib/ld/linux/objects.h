/*
 * What the file descriptors of a component are
 *
 * An object is a pair of connected sockets. One end stays with the component
 * that created the object, which waits for messages on all of its ends at once.
 * The other end is the capability: whoever has the file descriptor can send.
 * Passing a capability means passing the descriptor.
 */

#pragma once

#include <linux/platform.h>

namespace Linux {

    struct Own_object
    {
        int      server_fd;   /* 0 if there is no such object */
        uint64_t badge;
    };

    /* by the file descriptor of the capability */
    extern Own_object objects[MAX_FDS];

    /* null if the capability is none of an own object */
    Own_object *own_object(Cap);

    /* false if the number is certainly no capability, even though it may be a file descriptor */
    bool plausible(Cap);

    /* file descriptors for internal use, which are no capabilities */
    void mark_internal(int fd);
    void close_internal(int fd);

    /* negative if the host has no room for it */
    int epoll_fd();
}
