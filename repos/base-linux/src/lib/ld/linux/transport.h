/*
 * Packets with file descriptors, sent through UNIX domain sockets
 */

#pragma once

#include <linux/platform.h>
#include <linux/syscall.h>

namespace Linux {

    struct Packet
    {
        enum Type : uint32_t { REQUEST = 1, REPLY = 2, NOTIFICATION = 3 };

        uint32_t type, tag, num_bytes;
    };

    /* file descriptors that travel with a packet: reply channel and capabilities */
    struct Fds
    {
        static constexpr unsigned MAX = Message::MAX_CAPS + 1;

        Cmsghdr  header { };
        int      fd[MAX] { };
        unsigned count = 0;

        void add(int value) { fd[count++] = value; }

        size_t size() const { return sizeof(header) + count*sizeof(int); }

        void close_all()
        {
            for (unsigned i = 0; i < count; i++)
                (void)close(fd[i]);
            count = 0;
        }
    };

    static_assert(__builtin_offsetof(Fds, fd) == sizeof(Cmsghdr));

    struct Received
    {
        long   ret;         /* as returned by the kernel, 0 if the peer is gone */
        bool   valid;       /* the packet is well-formed */
        bool   truncated;   /* there is no room for all capabilities */
        Packet packet;
    };

    /* returns what the kernel returns */
    long send(int dst, Packet, char const *bytes, Fds &, int flags);

    /* the payload goes to 'out.bytes', the rest of 'out' is left alone */
    Received receive(int src, Message &out, Fds &, int flags);
}
