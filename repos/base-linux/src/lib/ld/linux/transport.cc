/*
 * Packets with file descriptors, sent through UNIX domain sockets
 */

#include <transport.h>

using namespace Genode;
using namespace Linux;


long Linux::send(int dst, Packet packet, char const *bytes, Fds &fds, int flags)
{
    Iovec iov[] { { &packet, sizeof(packet) }, { bytes, packet.num_bytes } };

    Msghdr msg { };
    msg.iov     = iov;
    msg.iov_len = 2;

    if (fds.count) {
        fds.header      = { fds.size(), SOL_SOCKET, SCM_RIGHTS };
        msg.control     = &fds;
        msg.control_len = fds.size();
    }

    for (;;) {
        long const ret = sendmsg(dst, msg, flags);
        if (ret != -EINTR)
            return ret;
    }
}


Received Linux::receive(int src, Message &out, Fds &fds, int flags)
{
    Received received { };

    Iovec iov[] { { &received.packet, sizeof(Packet) }, { out.bytes, sizeof(out.bytes) } };

    Msghdr msg { };
    msg.iov         = iov;
    msg.iov_len     = 2;
    msg.control     = &fds;
    msg.control_len = sizeof(fds.header) + sizeof(fds.fd);

    do {
        received.ret = recvmsg(src, msg, flags);
    } while (received.ret == -EINTR);

    if (msg.control_len >= sizeof(Cmsghdr) && fds.header.type == SCM_RIGHTS)
        fds.count = unsigned((fds.header.len - sizeof(Cmsghdr))/sizeof(int));

    received.truncated = msg.flags & MSG_CTRUNC;
    for (unsigned i = 0; i < fds.count; i++)
        if (fds.fd[i] >= MAX_CAPS)
            received.truncated = true;

    received.valid     = received.ret >= long(sizeof(Packet))
                      && received.packet.num_bytes == received.ret - sizeof(Packet);
    return received;
}
