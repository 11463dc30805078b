/*
 * Objects, calls and notifications by the means of UNIX domain sockets
 *
 * An object is a pair of connected sockets. One end stays with the component
 * that created the object, which waits for messages on all of its ends at once.
 * The other end is the capability: whoever has the file descriptor
 * can send. Passing a capability means passing the descriptor.
 *
 * A call sends one end of a fresh socket pair along and waits at the other
 * end. The server answers there. If the server dies, or closes the end without
 * an answer, the kernel tells the caller.
 */

#include <linux/platform.h>
#include <transport.h>

using namespace Genode;
using namespace Linux;

namespace {

    struct Entry
    {
        int      server_fd;   /* 0 if the entry is not in use */
        uint64_t badge;
    };

    /* own objects, by the file descriptor of their capability */
    Entry objects[MAX_FDS];

    /*
     * Requests that are not answered yet, by the file descriptor of the reply channel
     *
     * As descriptors are used again and again, a token carries a serial number, too.
     */
    Platform::Token tokens[MAX_FDS];

    Platform::Token new_token(int channel)
    {
        static uint64_t serial = 0;
        return tokens[channel] = Platform::Token(++serial*MAX_FDS + unsigned(channel));
    }

    int channel_of(Platform::Token token) { return int(uint64_t(token) % MAX_FDS); }

    /* file descriptors for internal use, which are no capabilities */
    bool internal[MAX_FDS];

    void close_internal(int fd)
    {
        internal[fd] = false;
        (void)close(fd);
    }

    int epoll_fd()
    {
        static int epoll = 0;

        if (!epoll) {
            epoll = int(epoll_create());
            internal[epoll] = true;
        }
        return epoll;
    }

    /* hand the capabilities of a received packet to the message, from 'first' on */
    void unpack(Received const &received, Fds const &fds, unsigned first, Message &out)
    {
        out.tag       = received.packet.tag;
        out.num_bytes = received.packet.num_bytes;
        out.num_caps  = min(fds.count - first, Message::MAX_CAPS);

        for (unsigned i = 0; i < out.num_caps; i++)
            out.caps[i] = Cap(fds.fd[first + i]);

        /* whoever sends more than a message can hold must not fill up our space */
        for (unsigned i = first + out.num_caps; i < fds.count; i++)
            (void)close(fds.fd[i]);
    }

    Result as_result(long error)
    {
        switch (-error) {
        case EPIPE: case ECONNRESET: case ECONNREFUSED: case ENOTCONN: return Result::DEAD;
        case EMFILE: case ENFILE: case ETOOMANYREFS:                   return Result::OUT_OF_CAPS;
        case ENOMEM: case ENOBUFS:                                     return Result::OUT_OF_RAM;
        default:                                                       return Result::INVALID_CAP;
        }
    }

    Entry *own_object(Cap cap)
    {
        int const i = fd(cap);
        return i > 0 && i < MAX_FDS && objects[i].server_fd ? &objects[i] : nullptr;
    }

    /* standard input and output are no capabilities */
    bool plausible(Cap cap)
    {
        return fd(cap) >= fd(Cap::PARENT) && fd(cap) < MAX_CAPS && !internal[fd(cap)];
    }

    bool plausible(Message const &msg)
    {
        for (unsigned i = 0; i < msg.num_caps; i++)
            if (!plausible(msg.caps[i]))
                return false;
        return true;
    }
}


Result Platform::object_create(uint64_t badge, Cap &out)
{
    int pair[2];

    long ret = socketpair(pair);
    if (ret < 0)
        return Result::OUT_OF_CAPS;

    int const capability = pair[0], server = pair[1];

    if (max(capability, server) >= MAX_CAPS) {
        (void)close(capability);
        (void)close(server);
        return Result::OUT_OF_CAPS;
    }

    ret = epoll_ctl(epoll_fd(), EPOLL_CTL_ADD, server,
                    Epoll_event { EPOLLIN, uint64_t(capability) });
    if (ret < 0) {
        (void)close(capability);
        (void)close(server);
        return Result::OUT_OF_RAM;
    }

    objects[capability] = { server, badge };
    internal[server]    = true;
    out = Cap(capability);
    return Result::OK;
}


void Platform::object_destroy(Cap cap)
{
    Entry *const entry = own_object(cap);
    if (!entry)
        return;

    /* requests in the queue go with the socket, and so do their reply channels */
    (void)epoll_ctl(epoll_fd(), EPOLL_CTL_DEL, entry->server_fd, Epoll_event { });
    close_internal(entry->server_fd);
    (void)close(fd(cap));

    *entry = { };
}


void Platform::cap_drop(Cap cap)
{
    if (plausible(cap) && fd(cap) > fd(Cap::PROGRAM) && !own_object(cap))
        (void)close(fd(cap));
}


Result Platform::call(Cap cap, Message &msg)
{
    auto const fail = [&] (Result result) {
        msg.num_bytes = msg.num_caps = 0;
        return result; };

    if (msg.num_bytes > Message::MAX_BYTES || msg.num_caps > Message::MAX_CAPS || own_object(cap))
        return fail(Result::BAD_ARGUMENT);

    int pair[2];
    if (socketpair(pair) < 0)
        return fail(Result::OUT_OF_CAPS);

    int const channel = pair[0], peer = pair[1];

    /* a number that was free until now is no capability, so have the new ones in place already */
    internal[channel] = internal[peer] = true;

    if (!plausible(cap) || !plausible(msg)) {
        close_internal(peer);
        close_internal(channel);
        return fail(Result::INVALID_CAP);
    }

    Fds request { };
    request.add(peer);
    for (unsigned i = 0; i < msg.num_caps; i++)
        request.add(fd(msg.caps[i]));

    long const sent = send(fd(cap), { Packet::REQUEST, msg.tag, msg.num_bytes },
                           msg.bytes, request, 0);
    close_internal(peer);

    if (sent < 0) {
        close_internal(channel);
        return fail(as_result(sent));
    }

    Fds reply { };
    Received const received = receive(channel, msg, reply, 0);
    close_internal(channel);

    if (!received.valid) {
        reply.close_all();
        return fail(Result::DEAD);
    }

    if (received.truncated)
        reply.close_all();

    unpack(received, reply, 0, msg);

    return received.truncated ? Result::OUT_OF_CAPS : Result(msg.tag);
}


namespace {

    /* several notifications in a row are one */
    void skip_further_notifications(int server)
    {
        Packet packet { };
        Iovec  iov { &packet, sizeof(packet) };
        Msghdr msg { };
        msg.iov     = &iov;
        msg.iov_len = 1;

        while (recvmsg(server, msg, MSG_PEEK | MSG_DONTWAIT) == sizeof(packet)
            && packet.type == Packet::NOTIFICATION)
            (void)recvmsg(server, msg, MSG_DONTWAIT);
    }

    /* take one packet from an object's socket, false if it yields no event */
    bool take_event(Entry const &entry, Message &msg, Platform::Event &event)
    {
        using Kind = Platform::Event::Kind;

        Fds fds { };
        Received const received = receive(entry.server_fd, msg, fds, MSG_DONTWAIT);

        if (received.valid && received.packet.type == Packet::NOTIFICATION) {
            fds.close_all();
            skip_further_notifications(entry.server_fd);
            event = { Kind::NOTIFICATION, entry.badge, Platform::Token::NONE };
            return true;
        }

        if (!received.valid || received.packet.type != Packet::REQUEST || !fds.count) {
            fds.close_all();
            return false;
        }

        /* the reply channel itself always finds room, it comes first */
        if (received.truncated) {
            Fds none { };
            (void)send(fds.fd[0], { Packet::REPLY, uint32_t(Result::OUT_OF_CAPS), 0 },
                       nullptr, none, MSG_DONTWAIT);
            fds.close_all();
            return false;
        }

        unpack(received, fds, 1, msg);
        internal[fds.fd[0]] = true;
        event = { Kind::REQUEST, entry.badge, new_token(fds.fd[0]) };
        return true;
    }
}


Platform::Event Platform::wait(Message &msg, uint64_t deadline_us)
{
    for (;;) {

        uint64_t const now  = now_us();
        uint64_t const left = deadline_us > now ? deadline_us - now : 0;
        Timespec const timeout { int64_t(left/1000000), int64_t(left%1000000)*1000 };

        /* asking for one event at a time lets the kernel take turns between objects */
        Epoll_event ready { };
        long const count = epoll_wait_one(epoll_fd(), ready,
                                          deadline_us == NEVER ? nullptr : &timeout);
        if (count == 0)
            return { Event::Kind::DEADLINE, 0, Token::NONE };

        if (count < 0)
            continue;

        Entry const &entry = objects[ready.data];

        /* a watched file descriptor is no socket of ours, its readiness is the event */
        if (entry.server_fd == int(ready.data))
            return { Event::Kind::NOTIFICATION, entry.badge, Token::NONE };

        Event event { };
        if (take_event(entry, msg, event))
            return event;
    }
}


Result Linux::watch(int watched, uint64_t badge)
{
    long const ret = epoll_ctl(epoll_fd(), EPOLL_CTL_ADD, watched,
                               Epoll_event { EPOLLIN | EPOLLONESHOT, uint64_t(watched) });
    if (ret < 0)
        return Result::INVALID_CAP;

    objects[watched] = { watched, badge };
    return Result::OK;
}


void Linux::unwatch(int watched)
{
    (void)epoll_ctl(epoll_fd(), EPOLL_CTL_DEL, watched, Epoll_event { });
    objects[watched] = { };
}


void Platform::reply(Token token, Message const &msg)
{
    int const channel = channel_of(token);

    if (token == Token::NONE || tokens[channel] != token
     || msg.num_bytes > Message::MAX_BYTES || msg.num_caps > Message::MAX_CAPS)
        return;

    tokens[channel] = Token::NONE;

    Fds fds { };
    for (unsigned i = 0; i < msg.num_caps; i++)
        if (plausible(msg.caps[i]))
            fds.add(fd(msg.caps[i]));

    (void)send(channel, { Packet::REPLY, msg.tag, msg.num_bytes }, msg.bytes, fds, MSG_DONTWAIT);
    close_internal(channel);
}


void Platform::notify(Cap cap)
{
    if (!plausible(cap))
        return;

    /*
     * A full queue means that the receiver has more than enough reason to look
     * at the object already, so the failure of sending is of no concern.
     */
    Fds none { };
    (void)send(fd(cap), { Packet::NOTIFICATION, 0, 0 }, nullptr, none, MSG_DONTWAIT);
}


uint64_t Platform::now_us() { return monotonic_us(); }
