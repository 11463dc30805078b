/*
 * Server of the routing test
 *
 * It reports which sessions come and go, and ends when as many have gone as its
 * configuration tells.
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/service.h>
#include <util/xml.h>
#include <counter.h>

using namespace Genode;

namespace Counter {

    class  Session;
    struct Main;

    void session_closed(Env &);
}


class Counter::Session : public Object
{
    private:

        Env        &_env;
        Label const _label;
        uint64_t    _sum = 0;

    public:

        Session(Env &env, Label const &label) : _env(env), _label(label)
        {
            log("session \"", _label, "\" opened");
        }

        ~Session()
        {
            log("session \"", _label, "\" closed, sum is ", _sum);
            session_closed(_env);
        }

        void handle_request(Request &request) override
        {
            if (request.opcode() != Add::OP)
                return request.reply(Result::UNKNOWN_OPCODE);

            request.arg<Add::In>().with(
                [&] (Add::In in)   { request.reply(Add::Out { _sum += in.value }); },
                [&] (Result error) { request.reply(error); });
        }
};


struct Counter::Main
{
    uint64_t remaining = 1;

    explicit Main(Env &env)
    {
        Attached_rom const config(env, "config");

        Xml_node::parse(config.content()).with(
            [&] (Xml_node node) { remaining = node.number("sessions", remaining); },
            [&] (Xml_error e)   { error("config: ", e); });

        static Service<Session> service(env, "Counter");
    }
};


static Counter::Main &the_main(Env &env)
{
    static Counter::Main main(env);
    return main;
}


void Counter::session_closed(Env &env)
{
    if (--the_main(env).remaining)
        return;

    log("all sessions served");
    env.parent().exit(0);
}


void Component::construct(Env &env) { the_main(env); }
