/*
 * Thread of a component: calls and replies
 */

#include <pd.h>
#include <scheduler.h>

using namespace Hw;

using Genode::Platform::Event;

namespace {

    constexpr size_t HEADER_SIZE = __builtin_offsetof(Message, bytes);

    /* message being replied, which never outlives one system call */
    constinit Message reply_message { };

    /*
     * Calls are numbered across all threads. Otherwise a token could outlive its
     * caller and be mistaken for a token of the next component in the same place.
     */
    constinit uint64_t num_calls = 0;

    constexpr unsigned TOKEN_INDEX_SHIFT = 48;
}


void Thread::_clear_message_caps()
{
    for (Ref<Object> &cap : _message_caps)
        cap.clear();
}


/*
 * Transfer between kernel and component
 */

Thread::Read Thread::_read_message(Message &message, addr_t at)
{
    auto read = [&] (void *dst, addr_t src, size_t size) {
        Address_space::Access const access = pd.space.copy_in(dst, src, size);
        if (!access.ok)
            _memory_fault(access.fault);
        return access.ok;
    };

    if (!read(&message, at, HEADER_SIZE))
        return Read::FAULTED;

    if (message.num_bytes > Message::MAX_BYTES || message.num_caps > Message::MAX_CAPS)
        return Read::MALFORMED;

    return read(message.bytes, at + HEADER_SIZE, message.num_bytes) ? Read::OK : Read::FAULTED;
}


bool Thread::_write_message(Message &header, void const *bytes)
{
    Address_space::Access access = pd.space.copy_out(_buffer, &header, HEADER_SIZE);

    if (access.ok)
        access = pd.space.copy_out(_buffer + HEADER_SIZE, bytes, header.num_bytes);

    if (!access.ok)
        _memory_fault(access.fault);

    return access.ok;
}


bool Thread::_resolve_caps(Message const &message, Ref<Object> (&caps)[Message::MAX_CAPS])
{
    bool complete = true;

    for (unsigned i = 0; i < message.num_caps; i++) {
        caps[i] = pd.caps.lookup(message.caps[i]);
        complete &= bool(caps[i]);
    }
    return complete;
}


Result Thread::_insert_caps(Ref<Object> const *caps, unsigned num, Cap (&out)[Message::MAX_CAPS])
{
    for (unsigned i = 0; i < num; i++) {

        out[i] = Cap::INVALID;

        if (!caps[i] || ok(pd.caps.insert(*caps[i], out[i])))
            continue;

        while (i--)
            pd.caps.remove(out[i]);

        return Result::OUT_OF_CAPS;
    }
    return Result::OK;
}


/*
 * Client side
 */

void Thread::call(Cap cap, addr_t message)
{
    _buffer = message;

    switch (_read_message(_message, message)) {
    case Read::FAULTED:   return;
    case Read::MALFORMED: return _finish_call(Result::BAD_ARGUMENT);
    case Read::OK:        break;
    }

    Object * const object = pd.caps.lookup(cap);

    if (!object || object->dataspace() || !_resolve_caps(_message, _message_caps))
        return _finish_call(Result::INVALID_CAP);

    Rpc_object * const target = object->rpc_object();

    if (!target)
        return _call_core(*object);

    if (!target->owner)
        return _finish_call(Result::DEAD);

    if (target->owner == this)
        return _finish_call(Result::BAD_ARGUMENT);

    _target = target;
    _server = target->owner;
    _delivered = false;
    _call_number = ++num_calls;
    _set_state(State::CALLING);

    _server->_pending.append(element);

    if (_server->_state == State::WAITING && _server->_deliver() && _server->ready())
        Scheduler::hand_over(*_server);
}


void Thread::_call_core(Object &object)
{
    Ref<Object> const keep = &object;

    Core_request request { .caller = pd, .opcode = _message.tag, .bytes = _message.bytes,
                           .num_bytes = _message.num_bytes, .caps = _message_caps,
                           .num_caps = _message.num_caps };

    Result const result = object.serve(request);

    if (request.no_reply) {
        _clear_message_caps();
        park();
        return;
    }

    bool const with_content = ok(result);

    _finish_call(uint32_t(result), request.reply, with_content ? request.reply_size : 0,
                 &request.reply_cap, with_content && request.reply_cap ? 1 : 0);
}


void Thread::_finish_call(Result result) { _finish_call(uint32_t(result), nullptr, 0, nullptr, 0); }


void Thread::_finish_call(uint32_t tag, void const *bytes, size_t num_bytes,
                          Ref<Object> const *caps, unsigned num_caps)
{
    _target.clear();
    _server = nullptr;
    _clear_message_caps();

    Message &header = _message;

    header.tag       = tag;
    header.num_bytes = uint32_t(num_bytes);
    header.num_caps  = num_caps;
    for (Cap &cap : header.caps)
        cap = Cap::INVALID;

    if (!ok(_insert_caps(caps, num_caps, header.caps))) {
        header.tag      = uint32_t(Result::OUT_OF_CAPS);
        header.num_caps = 0;
    }

    if (!_write_message(header, bytes))
        return;

    context.rax = header.tag;
    _set_state(State::READY);
}


void Thread::_withdraw_call()
{
    if (_server) {
        _server->_pending.remove(element);
        _server->_served.remove(_served_link);
    }
    _server = nullptr;
    _target.clear();
    _clear_message_caps();
}


/*
 * Server side
 */

uint64_t Thread::_token() const
{
    constexpr uint64_t mask = (1ull << TOKEN_INDEX_SHIFT) - 1;

    return uint64_t(pd.index() + 1) << TOKEN_INDEX_SHIFT | (_call_number & mask);
}


Thread *Thread::_caller_of(uint64_t token)
{
    Pd * const caller_pd = Pd::at(unsigned(token >> TOKEN_INDEX_SHIFT) - 1);
    if (!caller_pd)
        return nullptr;

    Thread &caller = caller_pd->thread;

    bool const valid = caller._server == this && caller._delivered && caller._token() == token;

    return valid ? &caller : nullptr;
}


bool Thread::_deliver_request(Thread &caller)
{
    Message &header = caller._message;

    if (!ok(_insert_caps(caller._message_caps, header.num_caps, header.caps))) {
        caller._finish_call(Result::OUT_OF_CAPS);
        return false;
    }
    for (unsigned i = header.num_caps; i < Message::MAX_CAPS; i++)
        header.caps[i] = Cap::INVALID;

    /* from now on the caller depends on this thread, even if the thread fails right here */
    _served.append(caller._served_link);
    caller._delivered = true;
    caller._clear_message_caps();

    if (!_write_message(header, caller._message.bytes))
        return true;

    context.rax = uint64_t(Event::Kind::REQUEST);
    context.rdx = caller._target->badge;
    context.r8  = caller._token();

    _set_state(State::READY);
    return true;
}


void Thread::reply(uint64_t token, addr_t message)
{
    Thread * const caller = _caller_of(token);
    if (!caller)
        return;

    Read const read = _read_message(reply_message, message);

    if (read == Read::FAULTED)
        return;

    _served.remove(caller->_served_link);

    /* a malformed reply is as good as none */
    if (read == Read::MALFORMED)
        return caller->_finish_call(Result::DEAD);

    Ref<Object> caps[Message::MAX_CAPS];
    _resolve_caps(reply_message, caps);

    caller->_finish_call(reply_message.tag, reply_message.bytes, reply_message.num_bytes,
                         caps, reply_message.num_caps);
}
