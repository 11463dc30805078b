/*
 * A service of a child that this instance of init offers to its own parent
 *
 * Towards the parent, init is a server; towards the child, it is one client
 * more. It passes requests on, and has no part in what is said within a session.
 */

#pragma once

#include <child.h>

namespace Init { class Exported; }


class Init::Exported : public Client
{
    private:

        Env                &_env;
        Children           &_children;
        Child              &_server;
        Service_name  const _service;
        List<Session_state> _sessions { };

        Notification_handler<Exported> _request_handler { *this, &Exported::_handle_requests };

        void _handle_requests();
        void _open(Session_request const &);
        void _close(uint32_t id);
        void _forget(Session_state &);

    public:

        Exported(Env &, Children &, Child &server, Service_name const &);

        void session_ready (Session_state &, Cap)    override;
        void session_failed(Session_state &, Result) override;
};
