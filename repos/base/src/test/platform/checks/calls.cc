/*
 * Calls to another component
 */

#include <checks.h>
#include <peer.h>

using namespace Test;

namespace {

    Message msg;

    Result call(Cap cap, uint32_t opcode, uint32_t num_bytes = 0, uint32_t num_caps = 0)
    {
        msg.tag       = opcode;
        msg.num_bytes = num_bytes;
        msg.num_caps  = num_caps;
        return Platform::call(cap, msg);
    }

    void drop_received()
    {
        for (unsigned i = 0; i < msg.num_caps; i++)
            Platform::cap_drop(msg.caps[i]);
    }

    void check_arguments(Cap peer)
    {
        Cap own = Cap::INVALID, ds = Cap::INVALID;
        (void)Platform::object_create(1, own);
        (void)Platform::ram_alloc(PAGE_SIZE, ds);

        show("call nothing",            call(Cap::INVALID, 1));
        show("call unused number",      call(Cap(12345), 1));
        show("call a dataspace",        call(ds, 1));
        show("call own object",         call(own, 1));
        show("send too many bytes",     call(peer, 1, Message::MAX_BYTES + 1));
        show("send too many caps",      call(peer, 1, 0, Message::MAX_CAPS + 1));
        msg.caps[0] = Cap::INVALID;
        show("send an invalid cap",     call(peer, Peer::ECHO, 0, 1));

        Platform::object_destroy(own);
        Platform::ram_free(ds);
    }

    void check_transfer(Cap peer)
    {
        for (unsigned i = 0; i < Message::MAX_BYTES; i++)
            msg.bytes[i] = char(i);
        for (Cap &cap : msg.caps)
            cap = peer;

        show("echo a message of full size",
             call(peer, Peer::ECHO, Message::MAX_BYTES, Message::MAX_CAPS));

        bool same = msg.num_bytes == Message::MAX_BYTES && msg.num_caps == Message::MAX_CAPS;
        for (unsigned i = 0; i < Message::MAX_BYTES; i++)
            same &= msg.bytes[i] == char(i);
        show("the content came back", same);

        Cap const received = msg.caps[3];
        Message const saved = msg;
        show("a received capability is usable", call(received, Peer::ECHO));
        msg = saved;
        drop_received();
        show("the original is usable after dropping it", call(peer, Peer::ECHO));

        Cap own = Cap::INVALID;
        (void)Platform::object_create(77, own);
        msg.caps[0] = own;
        show("let the peer notify", call(peer, Peer::NOTIFY, 0, 1));
        show("the notification arrives", Platform::wait(msg, Platform::NEVER).badge == 77);
        Platform::object_destroy(own);

        Attached_ram const ram(PAGE_SIZE);
        msg.caps[0] = ram.ds();
        show("let the peer write to memory", call(peer, Peer::WRITE_MEMORY, 0, 1));
        show("the memory is shared",
             *reinterpret_cast<uint64_t const *>(ram.start()) == Peer::PATTERN);
    }

    void check_replies(Cap peer)
    {
        show("deferred reply", call(peer, Peer::REPLY_LATER));
        show("first of two replies", call(peer, Peer::REPLY_TWICE));
        show("the second one does no harm", call(peer, Peer::ECHO));

        show("obtain an object", call(peer, Peer::NEW_OBJECT));
        Cap const mortal = msg.caps[0];
        show("call the object that destroys itself", call(mortal, 1));
        show("call it again", call(mortal, 1));
        Platform::cap_drop(mortal);
    }

    /* whatever parent, server, or kernel forget to release adds up here */
    void check_many_sessions(Env &env)
    {
        constexpr unsigned ROUNDS = 3000;

        unsigned rounds = 0;
        Result   result = Result::OK;

        for (; rounds < ROUNDS && ok(result); rounds++)
            result = env.parent().open("Peer", "one of many").with(
                [&] (Session session) {
                    Result const r = call(session.cap, Peer::ECHO);
                    env.parent().close(session);
                    return r; },
                [] (Result r) { return r; });

        show("use many sessions, one after the other", result);
    }

    void check_exhaustion(Cap peer)
    {
        constexpr unsigned MAX = 100*1000;

        static Cap received[MAX];
        unsigned count  = 0;
        Result   result = Result::OK;

        while (count + Message::MAX_CAPS <= MAX) {

            result = call(peer, Peer::FOUR_CAPS);
            if (!ok(result))
                break;

            for (Cap cap : msg.caps)
                received[count++] = cap;
        }
        show("collect capabilities without an end", result);

        for (unsigned i = 0; i < count; i++)
            Platform::cap_drop(received[i]);

        show("call after dropping them", call(peer, Peer::FOUR_CAPS));
        drop_received();
    }
}


void Test::check_calls(Env &env)
{
    title("calls");

    Connection const peer(env, "Peer");

    check_arguments(peer.cap());
    check_transfer(peer.cap());
    check_replies(peer.cap());
    check_exhaustion(peer.cap());
    check_many_sessions(env);

    show("call a peer that exits", call(peer.cap(), Peer::EXIT));
    show("call it again", call(peer.cap(), Peer::ECHO));
}
