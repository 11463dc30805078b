/*
 * A service of a child that this instance of init offers to its own parent
 */

#include <exported.h>

using namespace Init;


Exported::Exported(Env &env, Children &children, Child &server, Service_name const &service)
:
    _env(env), _children(children), _server(server), _service(service)
{
    Result const result = _env.parent().announce(_service, _request_handler);

    if (!ok(result))
        error("parent does not accept service \"", _service, "\": ", Genode::name(result));
}


void Exported::_handle_requests()
{
    for (Session_request request; _env.parent().fetch(_service, request); )
        if (request.kind == Session_request::OPEN)
            _open(request);
        else
            _close(request.session);
}


void Exported::_open(Session_request const &request)
{
    /* the label tells the whole way from the client to here, there is nothing to add */
    create<Session_state>(_env.heap(), *this, request.session, _children.new_session_id(),
                          _service, request.label).with(
        [&] (Session_state *session) {
            _sessions.append(session->client_elem);
            _server.serve(*session); },
        [&] (Result reason) { _env.parent().deny(request.session, reason); });
}


void Exported::_close(uint32_t id)
{
    Session_state *const session = _sessions.find([&] (Session_state &s) {
        return s.client_id == id; });

    if (session)
        _forget(*session);
}


void Exported::_forget(Session_state &session)
{
    _sessions.remove(session.client_elem);
    Child::dissolve(_env.heap(), session);
}


void Exported::session_ready(Session_state &session, Cap cap)
{
    session.stage = Session_state::Stage::READY;

    /* the parent has a copy from now on */
    _env.parent().deliver(session.client_id, cap);
    Platform::cap_drop(cap);
}


/* the parent does not close what was refused */
void Exported::session_failed(Session_state &session, Result error)
{
    _env.parent().deny(session.client_id, error);
    _forget(session);
}
