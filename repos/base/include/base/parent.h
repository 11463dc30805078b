/*
 * Requests to the parent: sessions, exit, resources
 */

#pragma once

#include <base/protocol.h>
#include <base/rpc.h>

namespace Genode {

    class  Parent;
    struct Session_request;

    /* session as known to the client: its object, and its name towards the parent */
    struct Session { Cap cap; uint32_t id; };
}


/* what a server's parent asks for */
struct Genode::Session_request
{
    enum Kind { OPEN, CLOSE } kind;

    uint32_t session;   /* the parent's name for it */

    String<Protocol::LABEL_LEN> label;
};


class Genode::Parent : Noncopyable
{
    private:

        uint32_t _next_id = 1;

        Attempt<Session> _open(Text service, Text label, uint32_t flags);

    public:

        /* open a session, blocks until the server has answered */
        Attempt<Session> open(Text service, Text label);

        /*
         * Open a session without waiting for a server
         *
         * If the result is a session with an invalid capability, the server's
         * answer is still to come. The object named by 'session_sigh' is
         * notified of it, 'poll' yields it.
         */
        Attempt<Session> open_nowait(Text service, Text label);

        Attempt<Cap> poll(Session const &);

        void session_sigh(Object const &);

        /* drops the session's capability, too */
        void close(Session const &);

        /*
         * For servers: offer a service, fetch what clients want, deliver it
         */
        Result announce(Text service, Object const &request_sigh);
        bool   fetch(Text service, Session_request &out);
        void   deliver(uint32_t session, Cap cap);
        void   deny(uint32_t session, Result reason);

        [[noreturn]] void exit(int value);

        /* ask for more RAM quota, true if it was granted */
        bool request_ram(uint64_t bytes);
};
