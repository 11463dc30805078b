/*
 * Requests to the parent
 */

#include <base/parent.h>

using namespace Genode;


Attempt<Session> Parent::_open(Text service, Text label, uint32_t flags)
{
    Protocol::Parent::Open::In in { };
    in.id    = _next_id++;
    in.flags = flags;

    /* a shortened name would be the name of something else */
    if (!copy_text(in.service, service) || !copy_text(in.label, label))
        return Result::BAD_ARGUMENT;

    Call call(Protocol::Parent::Open::OP);

    Result const result = call.arg(in).to(Cap::PARENT);

    if (!ok(result) && result != Result::PENDING)
        return result;

    return Session { .cap = call.cap(0), .id = in.id };
}


Attempt<Session> Parent::open(Text service, Text label)
{
    return _open(service, label, Protocol::BLOCKING);
}


Attempt<Session> Parent::open_nowait(Text service, Text label)
{
    return _open(service, label, Protocol::NOWAIT);
}


Attempt<Cap> Parent::poll(Session const &session)
{
    Call call(Protocol::Parent::Poll::OP);

    Result const result = call.arg(Protocol::Parent::Poll::In { session.id }).to(Cap::PARENT);

    if (!ok(result))
        return result;

    return call.cap(0);
}


void Parent::session_sigh(Object const &object)
{
    (void)Call(Protocol::Parent::Session_sigh::OP).cap(object.cap()).to(Cap::PARENT);
}


void Parent::close(Session const &session)
{
    (void)Call(Protocol::Parent::Close::OP)
             .arg(Protocol::Parent::Close::In { session.id }).to(Cap::PARENT);

    Platform::cap_drop(session.cap);
}


Result Parent::announce(Text service, Object const &request_sigh)
{
    Protocol::Parent::Announce::In in { .service = { } };

    if (!copy_text(in.service, service))
        return Result::BAD_ARGUMENT;

    return Call(Protocol::Parent::Announce::OP).arg(in).cap(request_sigh.cap()).to(Cap::PARENT);
}


bool Parent::fetch(Text service, Session_request &out)
{
    Protocol::Parent::Fetch::In in { .service = { } };

    if (!copy_text(in.service, service))
        return false;

    Call call(Protocol::Parent::Fetch::OP);

    if (!ok(call.arg(in).to(Cap::PARENT)))
        return false;

    auto const request = call.result<Protocol::Parent::Fetch::Out>();

    out.kind    = request.kind == Protocol::Parent::Fetch::OPEN ? Session_request::OPEN
                                                                : Session_request::CLOSE;
    out.session = request.session;
    out.label   = request.label;
    return true;
}


void Parent::deliver(uint32_t session, Cap cap)
{
    if (!valid(cap)) {
        deny(session, Result::OUT_OF_CAPS);
        return;
    }

    Protocol::Parent::Deliver::In const in { .session = session, .result = 0 };

    (void)Call(Protocol::Parent::Deliver::OP).arg(in).cap(cap).to(Cap::PARENT);
}


void Parent::deny(uint32_t session, Result reason)
{
    Protocol::Parent::Deliver::In const in { .session = session, .result = int32_t(reason) };

    (void)Call(Protocol::Parent::Deliver::OP).arg(in).to(Cap::PARENT);
}


void Parent::exit(int value)
{
    (void)Call(Protocol::Parent::Exit::OP)
             .arg(Protocol::Parent::Exit::In { value }).to(Cap::PARENT);

    Platform::halt();
}


bool Parent::request_ram(uint64_t bytes)
{
    return ok(Call(Protocol::Parent::Resource::OP)
                 .arg(Protocol::Parent::Resource::In { bytes }).to(Cap::PARENT));
}
