/*
 * Requests of a child in its role as server: announce, fetch, deliver
 */

#include <child.h>

using namespace Init;

using Stage = Session_state::Stage;


void Child::_notify_server(Text service)
{
    _announced.for_each([&] (Announced &announced) {
        if (announced.name == service)
            Platform::notify(announced.sigh); });
}


void Child::serve(Session_state &session)
{
    if (!alive()) {
        error("service \"", session.service, "\" (label \"", session.label,
              "\"): server \"", name, "\" is gone");
        return session.client.session_failed(session, Result::DEAD);
    }

    session.server = this;
    _served.append(session.server_elem);
    _notify_server(session.service);
}


void Child::dissolve(Heap &heap, Session_state &session)
{
    if (session.server && (session.stage == Stage::READY || session.stage == Stage::FETCHED)) {
        session.stage = Stage::CLOSING;
        session.server->_notify_server(session.service);
        return;
    }
    destroy(heap, &session);
}


void Child::_announce(Request &request)
{
    using Announce = Protocol::Parent::Announce;

    Attempt<Announce::In> const arg = request.arg<Announce::In>();
    Announce::In          const in  = arg.value_or(Announce::In { });

    if (!arg.ok() || !terminated(in.service) || !valid(request.cap(0)))
        return request.reply(Result::BAD_ARGUMENT);

    Service_name const service(in.service);

    if (!provides(service)) {
        error("child \"", name, "\" announces service \"", service,
              "\", which is not named in its <provides>");
        return request.reply(Result::DENIED);
    }

    Attempt<Announced *> const created =
        create<Announced>(_env.heap(), service, request.take_cap(0));

    if (!created.ok())
        return request.reply(created.error());

    _announced.append(created.value()->elem);
    request.reply(Result::OK);

    /* clients may have been earlier */
    if (!_served.empty())
        _notify_server(service);
}


void Child::_fetch(Request &request)
{
    using Fetch = Protocol::Parent::Fetch;

    Attempt<Fetch::In> const arg = request.arg<Fetch::In>();
    Fetch::In          const in  = arg.value_or(Fetch::In { });

    if (!arg.ok() || !terminated(in.service))
        return request.reply(Result::BAD_ARGUMENT);

    Session_state *const session = _served.find([&] (Session_state &s) {
        return s.service == Text(in.service)
            && (s.stage == Stage::REQUESTED || s.stage == Stage::CLOSING); });

    if (!session)
        return request.reply(Result::NOT_FOUND);

    bool const closing = session->stage == Stage::CLOSING;

    Fetch::Out out { .kind    = closing ? Fetch::CLOSE : Fetch::OPEN,
                     .session = session->server_id,
                     .label   = { } };

    copy_text(out.label, session->label);
    request.reply(out);

    if (closing)
        destroy(_env.heap(), session);
    else
        session->stage = Stage::FETCHED;
}


void Child::_deliver(Request &request)
{
    using Deliver = Protocol::Parent::Deliver;

    Attempt<Deliver::In> const arg = request.arg<Deliver::In>();
    Deliver::In          const in  = arg.value_or(Deliver::In { });

    if (!arg.ok())
        return request.reply(Result::BAD_ARGUMENT);

    request.reply(Result::OK);

    Session_state *const session = _served.find([&] (Session_state &s) {
        return s.server_id == in.session && s.stage == Stage::FETCHED; });

    /* the client may have closed the session in the meanwhile */
    if (!session)
        return;

    if (in.result == 0 && valid(request.cap(0)))
        return session->client.session_ready(*session, request.take_cap(0));

    _served.remove(session->server_elem);
    session->server = nullptr;
    session->client.session_failed(*session, in.result ? Result(in.result) : Result::BAD_ARGUMENT);
}
