/*
 * Requests: 'Call' at the client's side, 'Request' and 'Object' at the server's
 */

#pragma once

#include <base/platform.h>
#include <util/string.h>

namespace Genode {

    class Call;
    class Request;
    class Object;
}


/*
 * One request to an object of another component
 *
 * Arguments are put in, 'to' sends and waits, results are taken out:
 *
 *   Call call(Protocol::Rom::Dataspace::OP);
 *   if (ok(call.to(rom)))
 *       ... call.cap(0) ... call.result<Protocol::Rom::Dataspace::Out>() ...
 */
class Genode::Call : Noncopyable
{
    private:

        Message _msg;

    public:

        explicit Call(uint32_t opcode)
        {
            _msg.tag = opcode;
            _msg.num_bytes = _msg.num_caps = 0;
        }

        /* fixed-size payload */
        template <typename IN>
        Call &arg(IN const &in)
        {
            static_assert(sizeof(IN) <= Message::MAX_BYTES);
            _msg.num_bytes = sizeof(IN);
            memcpy(_msg.bytes, &in, sizeof(IN));
            return *this;
        }

        /* text as payload, cut at the size limit of a message */
        Call &text(Text text)
        {
            _msg.num_bytes = uint32_t(min(text.len(), size_t(Message::MAX_BYTES)));
            memcpy(_msg.bytes, text.start(), _msg.num_bytes);
            return *this;
        }

        /* pass a copy of a capability */
        Call &cap(Cap cap)
        {
            if (_msg.num_caps < Message::MAX_CAPS)
                _msg.caps[_msg.num_caps++] = cap;
            return *this;
        }

        Result to(Cap server) { return Platform::call(server, _msg); }

        /* capability of the reply, which the caller owns from now on */
        Cap cap(unsigned i) const { return i < _msg.num_caps ? _msg.caps[i] : Cap::INVALID; }

        /* payload of the reply, zeros if the server sent less */
        template <typename OUT>
        OUT result() const
        {
            OUT out { };
            if (_msg.num_bytes >= sizeof(OUT))
                memcpy(&out, _msg.bytes, sizeof(OUT));
            return out;
        }
};


/*
 * One request as seen by the object that is called
 *
 * Each request is answered exactly once, now or later. Received capabilities
 * that are not taken are dropped when the request object is destroyed.
 */
class Genode::Request : Noncopyable
{
    private:

        Message const  &_msg;
        Platform::Token _token;
        bool            _taken[Message::MAX_CAPS] { };

    public:

        Request(Message const &msg, Platform::Token token) : _msg(msg), _token(token) { }

        ~Request();

        uint32_t       opcode()  const { return _msg.tag; }
        Message const &message() const { return _msg; }

        /* payload, or BAD_ARGUMENT if it is too short for the type */
        template <typename IN>
        Attempt<IN> arg() const
        {
            if (_msg.num_bytes < sizeof(IN))
                return Result::BAD_ARGUMENT;

            IN in;
            memcpy(&in, _msg.bytes, sizeof(IN));
            return in;
        }

        Text text() const { return Text(_msg.bytes, _msg.num_bytes); }

        /* capability that remains the property of the request */
        Cap cap(unsigned i) const { return i < _msg.num_caps ? _msg.caps[i] : Cap::INVALID; }

        /* capability that the caller of this method has to drop some day */
        Cap take_cap(unsigned i);

        void reply(Result);
        void reply_cap(Cap);

        template <typename OUT>
        void reply(OUT const &out) { _reply(Result::OK, &out, sizeof(OUT), Cap::INVALID); }

        template <typename OUT>
        void reply(OUT const &out, Cap cap) { _reply(Result::OK, &out, sizeof(OUT), cap); }

        /* leave the answer to somebody else, who calls 'answer' with the token */
        Platform::Token defer();

        static void answer(Platform::Token, Result, Cap cap = Cap::INVALID);

    private:

        void _reply(Result, void const *out, size_t size, Cap);
};


/*
 * Something that can be called and notified by other components
 */
class Genode::Object : Noncopyable
{
    private:

        Cap _cap = Cap::INVALID;

    public:

        /* creates the capability, 'cap' is invalid if the kernel had no room for it */
        Object();

        ~Object();

        Cap cap() const { return _cap; }

        virtual void handle_request(Request &request) { request.reply(Result::UNKNOWN_OPCODE); }

        virtual void handle_notification() { }
};
