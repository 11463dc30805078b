/*
 * Server side of requests
 */

#include <base/rpc.h>

using namespace Genode;


Request::~Request()
{
    /* a forgotten reply would block the client for ever */
    if (_token != Platform::Token::NONE)
        reply(Result::UNKNOWN_OPCODE);

    for (unsigned i = 0; i < _msg.num_caps; i++)
        if (!_taken[i])
            Platform::cap_drop(_msg.caps[i]);
}


Cap Request::take_cap(unsigned i)
{
    if (i >= _msg.num_caps || _taken[i])
        return Cap::INVALID;

    _taken[i] = true;
    return _msg.caps[i];
}


void Request::_reply(Result result, void const *out, size_t size, Cap cap)
{
    Message reply;

    reply.tag       = uint32_t(result);
    reply.num_bytes = uint32_t(size);
    reply.num_caps  = valid(cap) ? 1 : 0;
    reply.caps[0]   = cap;
    memcpy(reply.bytes, out, size);

    Platform::reply(defer(), reply);
}


void Request::reply(Result result) { _reply(result, nullptr, 0, Cap::INVALID); }


void Request::reply_cap(Cap cap) { _reply(Result::OK, nullptr, 0, cap); }


Platform::Token Request::defer()
{
    Platform::Token const token = _token;
    _token = Platform::Token::NONE;
    return token;
}


void Request::answer(Platform::Token token, Result result, Cap cap)
{
    Message reply;

    reply.tag       = uint32_t(result);
    reply.num_bytes = 0;
    reply.num_caps  = valid(cap) ? 1 : 0;
    reply.caps[0]   = cap;

    Platform::reply(token, reply);
}


/*
 * The badge is known to the creator of the object only, so the object's
 * address serves the purpose.
 */

Object::Object()
{
    if (!ok(Platform::object_create(reinterpret_cast<addr_t>(this), _cap)))
        _cap = Cap::INVALID;
}


Object::~Object() { Platform::object_destroy(_cap); }
