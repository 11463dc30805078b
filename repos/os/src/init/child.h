/*
 * A child: its start, its role as client and as server, and its end
 */

#pragma once

#include <route.h>
#include <session_state.h>

namespace Init {

    class Child;
    class Children;
}


class Init::Child : public Object, public Client
{
    private:

        enum class State { NOT_STARTED, RUNNING, EXITED, FAULTED };

        /* announcement of a service */
        struct Announced : Genode::Noncopyable
        {
            List<Announced>::Element elem { *this };

            Service_name const name;
            Cap          const sigh;

            Announced(Service_name const &name, Cap sigh) : name(name), sigh(sigh) { }
        };

        Env          &_env;
        Config const &_config;
        Children     &_children;
        Xml_node      _start;

        List<Child>::Element _elem { *this };

        State    _state = State::NOT_STARTED;
        uint64_t _quota = 0;   /* bytes of RAM, as given to the child so far */

        Session _pd { };
        Cap     _session_sigh = Cap::INVALID;

        List<Session_state> _sessions { };   /* as client */
        List<Session_state> _served   { };   /* as server */
        List<Announced>     _announced { };

        Notification_handler<Child> _fault_handler { *this, &Child::_handle_fault };

        /*
         * Start and end
         */
        uint64_t _ram(Text attribute, uint64_t fallback) const;
        uint64_t _ram_quota() const;
        Result   _transfer_quota(uint64_t bytes);
        Result   _start_in_pd(Cap ld);
        void     _handle_fault();
        void     _end(State);
        void     _exit(Request &);
        void     _request_resource(Request &);

        /*
         * Requests of the child in its role as client
         */
        void _open(Request &);
        void _open(Session_state &);
        void _open_config(Session_state &);
        void _close(Request &);
        void _poll(Request &);

        /*
         * Requests of the child in its role as server
         */
        void _announce(Request &);
        void _fetch(Request &);
        void _deliver(Request &);

        Session_state *_session(uint32_t client_id);

        void _release(Session_state &);
        void _report_session(Session_state const &) const;
        void _notify_server(Text service);

    public:

        Name const name;

        Child(Env &, Config const &, Children &, Xml_node const &start, Name const &);

        /* report what is wrong with the <start> node, which does not prevent the start */
        void check_nodes() const;

        /* start the child, any problem is reported */
        void start(Cap ld);

        /* ask our parent about sessions that were pending */
        void poll_parent();

        /* have a session request answered by the child, sooner or later */
        void serve(Session_state &);

        /* forget a session that its client gave up, the server is told first if it knows it */
        static void dissolve(Heap &, Session_state &);

        void session_ready (Session_state &, Cap)    override;
        void session_failed(Session_state &, Result) override;

        bool provides(Text service) const;
        bool alive() const { return _state == State::NOT_STARTED || _state == State::RUNNING; }

        /* the rules that apply to the child's session requests */
        void with_route(auto const &fn) const
        {
            bool own = false;
            _start.with_child("route", [&] (Xml_node const &route) { own = true; fn(route); });

            if (!own)
                _config.node.with_child("default-route", fn);
        }

        void handle_request(Request &) override;
};


class Init::Children : Noncopyable
{
    private:

        List<Child> _list { };
        uint32_t    _next_session_id = 0;

    public:

        void add(List<Child>::Element &elem) { _list.append(elem); }

        uint32_t new_session_id() { return _next_session_id++; }

        void for_each(auto const &fn) { _list.for_each(fn); }

        Child *find(Text name)
        {
            return _list.find([&] (Child &child) { return child.name == name; });
        }
};
