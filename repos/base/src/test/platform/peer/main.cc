/*
 * The other side of the checks of the platform interface
 */

#include <base/component.h>
#include <base/service.h>
#include <peer.h>

using namespace Genode;

namespace Test {

    class  Mortal;
    struct Session;
}


/* object that ceases to exist while its caller waits for the reply */
class Test::Mortal : public Object
{
    private:

        Heap &_heap;

    public:

        explicit Mortal(Heap &heap) : _heap(heap) { }

        void handle_request(Request &request) override
        {
            Platform::Token const token = request.defer();

            destroy(_heap, this);

            /* as the object is gone, this is an answer of a server to be */
            Request::answer(token, Result::DEAD);
        }
};


struct Test::Session : Object
{
    Env &_env;

    Platform::Token _later = Platform::Token::NONE;

    Notification_handler<Session> _later_handler { *this, &Session::_reply_later };

    Session(Env &env, Label const &) : _env(env) { }

    void _reply_later() { Request::answer(_later, Result::OK); }

    void _echo(Request &request, Message const &msg)
    {
        Message reply = msg;
        reply.tag = uint32_t(Result::OK);
        Platform::reply(request.defer(), reply);
    }

    static void _reply_twice(Platform::Token token)
    {
        Request::answer(token, Result::OK);
        Request::answer(token, Result::DENIED);
    }

    static void _write_memory(Request &request)
    {
        Platform::Attached memory { };

        Result const result = Platform::attach(request.cap(0), Platform::WRITEABLE,
                                               0, 0, 0, memory);
        if (ok(result)) {
            *static_cast<uint64_t *>(memory.addr) = Peer::PATTERN;
            Platform::detach(memory.addr);
        }
        request.reply(result);
    }

    void _new_object(Request &request)
    {
        create<Mortal>(_env.heap(), _env.heap()).with(
            [&] (Mortal *mortal) { request.reply_cap(mortal->cap()); },
            [&] (Result reason)  { request.reply(reason); });
    }

    void handle_request(Request &request) override
    {
        switch (request.opcode()) {

        case Peer::ECHO:         return _echo(request, request.message());
        case Peer::WRITE_MEMORY: return _write_memory(request);
        case Peer::NEW_OBJECT:   return _new_object(request);
        case Peer::REPLY_TWICE:  return _reply_twice(request.defer());

        case Peer::NOTIFY:
            Platform::notify(request.cap(0));
            return request.reply(Result::OK);

        case Peer::REPLY_LATER:
            _later = request.defer();
            return Platform::notify(_later_handler.cap());

        case Peer::FOUR_CAPS: {
            Message reply;
            reply.tag       = uint32_t(Result::OK);
            reply.num_bytes = 0;
            reply.num_caps  = Message::MAX_CAPS;
            for (Cap &c : reply.caps)
                c = cap();
            return Platform::reply(request.defer(), reply);
        }

        case Peer::EXIT:
            _env.parent().exit(0);
        }
    }
};


void Component::construct(Env &env) { static Service<Test::Session> service(env, "Peer"); }
