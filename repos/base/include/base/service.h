/*
 * Offering a service with one object per session
 *
 * SESSION is derived from 'Object' and constructed with (Env &, Label const &).
 */

#pragma once

#include <base/env.h>
#include <base/log.h>

namespace Genode {

    using Label = String<Protocol::LABEL_LEN>;

    template <typename SESSION> class Service;
}


template <typename SESSION>
class Genode::Service : Noncopyable
{
    private:

        struct Entry : Noncopyable
        {
            typename List<Entry>::Element elem { *this };

            uint32_t const id;
            SESSION        session;

            Entry(Env &env, uint32_t id, Label const &label) : id(id), session(env, label) { }
        };

        Env                          &_env;
        String<Protocol::SERVICE_LEN> _name;
        List<Entry>                   _entries { };
        Notification_handler<Service> _request_handler { *this, &Service::_handle_requests };

        void _open(Session_request const &request)
        {
            create<Entry>(_env.heap(), _env, request.session, request.label).with(
                [&] (Entry *entry) {
                    _entries.append(entry->elem);
                    _env.parent().deliver(entry->id, entry->session.cap());
                },
                [&] (Result reason) { _env.parent().deny(request.session, reason); });
        }

        void _close(uint32_t id)
        {
            destroy(_env.heap(), _entries.find([&] (Entry &e) { return e.id == id; }));
        }

        void _handle_requests()
        {
            for (Session_request request; _env.parent().fetch(_name, request); )
                if (request.kind == Session_request::OPEN)
                    _open(request);
                else
                    _close(request.session);
        }

    public:

        Service(Env &env, Text name) : _env(env), _name(name)
        {
            Result const result = env.parent().announce(name, _request_handler);

            if (!ok(result))
                error("cannot announce service ", name, ": ", Genode::name(result));
        }

        void for_each(auto const &fn) { _entries.for_each([&] (Entry &e) { fn(e.session); }); }
};
