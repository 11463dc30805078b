/*
 * Requests of a child in its role as client: open, poll, close
 */

#include <child.h>

using namespace Init;

using Stage = Session_state::Stage;


Session_state *Child::_session(uint32_t client_id)
{
    return _sessions.find([&] (Session_state &s) { return s.client_id == client_id; });
}


void Child::_report_session(Session_state const &session) const
{
    if (!_config.verbose())
        return;

    auto const report = [&] (auto const &... server) {
        log("child \"", name, "\": session ", session.service,
            " (label \"", session.label, "\") from ", server...); };

    if (session.server)
        report("child \"", session.server->name, "\"");
    else if (session.from_parent)
        report("parent");
    else
        report("init");
}


/*
 * The outcome of a request: a blocked client gets its answer, any other one is
 * notified and polls
 */

void Child::session_ready(Session_state &session, Cap cap)
{
    session.stage = Stage::READY;
    session.cap   = cap;

    _report_session(session);

    if (session.blocked != Platform::Token::NONE)
        Request::answer(session.blocked, Result::OK, cap);
    else
        Platform::notify(_session_sigh);

    session.blocked = Platform::Token::NONE;
}


void Child::session_failed(Session_state &session, Result error)
{
    session.stage = Stage::FAILED;
    session.error = error;

    if (session.blocked == Platform::Token::NONE) {
        Platform::notify(_session_sigh);
        return;
    }

    Request::answer(session.blocked, error);
    session.blocked = Platform::Token::NONE;
    _release(session);
}


/* end of a session at the client's side, the memory goes once the server knows */
void Child::_release(Session_state &session)
{
    _sessions.remove(session.client_elem);

    /* the client ended while its request was pending, which leaves nobody to hear the answer */
    if (session.blocked != Platform::Token::NONE)
        Request::answer(session.blocked, Result::DEAD);

    session.blocked = Platform::Token::NONE;

    if (session.from_parent)
        _env.parent().close(session.parent_session);
    else if (session.config_rom)
        destroy(_env.heap(), session.config_rom);
    else if (session.stage == Stage::READY)
        Platform::cap_drop(session.cap);

    dissolve(_env.heap(), session);
}


void Child::_open_config(Session_state &session)
{
    Text content("<config/>");
    _start.with_child("config", [&] (Xml_node const &config) { content = config.text(); });

    using Rom = Session_state::Config_rom;

    create<Rom>(_env.heap(), content).with(
        [&] (Rom *rom) {
            session.config_rom = rom;
            if (rom->ram.size())
                session_ready(session, rom->cap());
            else
                session_failed(session, Result::OUT_OF_RAM); },
        [&] (Result reason) { session_failed(session, reason); });
}


/* find out who serves the session, and pass the request on */
void Child::_open(Session_state &session)
{
    /* the name of the client becomes part of what the server sees */
    size_t const prefix_len = name.len() + (session.label.len() > name.len() ? 4 : 0);
    Text   const own_label(session.label.c_str() + prefix_len, session.label.len() - prefix_len);

    if (session.service == "ROM" && own_label == Text("config"))
        return _open_config(session);

    Attempt<Route_target> const target =
        resolve(_config, _children, *this, session.service, own_label);

    if (!target.ok())
        return session_failed(session, Result::DENIED);

    if (Child *const server = target.value().server)
        return server->serve(session);

    _env.parent().open_nowait(session.service, session.label).with(
        [&] (Session parent_session) {
            session.from_parent    = true;
            session.parent_session = parent_session;
            if (valid(parent_session.cap))
                session_ready(session, parent_session.cap); },
        [&] (Result reason) { session_failed(session, reason); });
}


void Child::_open(Request &request)
{
    using Open = Protocol::Parent::Open;

    Attempt<Open::In> const arg = request.arg<Open::In>();
    Open::In          const in  = arg.value_or(Open::In { });

    if (!arg.ok() || !terminated(in.service) || !terminated(in.label) || _session(in.id))
        return request.reply(Result::BAD_ARGUMENT);

    Text  const separator(in.label[0] ? " -> " : "");
    Label const label(name, separator, in.label);

    /* a label that had to be cut would be the label of something else */
    if (label.len() < name.len() + separator.len() + strlen(in.label))
        return request.reply(Result::BAD_ARGUMENT);

    Attempt<Session_state *> const created = create<Session_state>(
        _env.heap(), *this, in.id, _children.new_session_id(), Service_name(in.service), label);

    if (!created.ok())
        return request.reply(created.error());

    Session_state &session = *created.value();

    _sessions.append(session.client_elem);

    if (!(in.flags & Protocol::NOWAIT)) {
        session.blocked = request.defer();
        return _open(session);
    }

    /* the client polls for whatever is known by then */
    request.reply(Result::PENDING);
    _open(session);
}


void Child::_poll(Request &request)
{
    uint32_t const id = request.arg<Protocol::Parent::Poll::In>().with(
        [] (auto in) { return in.id; },
        [] (Result)  { return ~0u; });

    Session_state *const session = _session(id);

    if (!session)
        return request.reply(Result::NOT_FOUND);

    if (session->stage == Stage::READY)
        return request.reply_cap(session->cap);

    if (session->stage != Stage::FAILED)
        return request.reply(Result::PENDING);

    request.reply(session->error);
    _release(*session);
}


void Child::_close(Request &request)
{
    uint32_t const id = request.arg<Protocol::Parent::Close::In>().with(
        [] (auto in) { return in.id; },
        [] (Result)  { return ~0u; });

    Session_state *const session = _session(id);

    if (session)
        _release(*session);

    request.reply(session ? Result::OK : Result::NOT_FOUND);
}


void Child::poll_parent()
{
    _sessions.for_each([&] (Session_state &session) {

        if (!session.from_parent || !session.undecided())
            return;

        Attempt<Cap> const polled = _env.parent().poll(session.parent_session);

        if (polled.ok()) {
            session.parent_session.cap = polled.value();
            return session_ready(session, polled.value());
        }

        if (polled.error() == Result::PENDING)
            return;

        session.from_parent = false;
        session_failed(session, polled.error()); });
}
