/*
 * Calls and notifications
 *
 * A call sends one end of a fresh socket pair along and waits at the other
 * end. The server answers there. If the server dies, or closes the end without
 * an answer, the kernel tells the caller.
 */

#include <objects.h>
#include <transport.h>

using namespace Genode;
using namespace Linux;

namespace {

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

    bool all_plausible(Message const &msg)
    {
        for (unsigned i = 0; i < msg.num_caps; i++)
            if (!plausible(msg.caps[i]))
                return false;
        return true;
    }
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
    mark_internal(channel);
    mark_internal(peer);

    if (!plausible(cap) || !all_plausible(msg)) {
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
    bool take_event(Own_object const &object, Message &msg, Platform::Event &event)
    {
        using Kind = Platform::Event::Kind;

        Fds fds { };
        Received const received = receive(object.server_fd, msg, fds, MSG_DONTWAIT);

        if (received.valid && received.packet.type == Packet::NOTIFICATION) {
            fds.close_all();
            skip_further_notifications(object.server_fd);
            event = { Kind::NOTIFICATION, object.badge, Platform::Token::NONE };
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
        mark_internal(fds.fd[0]);
        event = { Kind::REQUEST, object.badge, new_token(fds.fd[0]) };
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

        Own_object const &object = objects[ready.data];

        /* a watched file descriptor is no socket of ours, its readiness is the event */
        if (object.server_fd == int(ready.data))
            return { Event::Kind::NOTIFICATION, object.badge, Token::NONE };

        Event event { };
        if (take_event(object, msg, event))
            return event;
    }
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
