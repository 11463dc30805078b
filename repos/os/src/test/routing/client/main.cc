/*
 * Client of the routing test
 *
 *   <config step="3"> <expect-refused service="Other"/> </config>
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>
#include <util/xml.h>
#include <counter.h>

using namespace Genode;

namespace {

    void add(Connection const &counter, uint64_t value)
    {
        Call call(Counter::Add::OP);

        Result const result = call.arg(Counter::Add::In { value }).to(counter.cap());

        log("add ", value, ": ", name(result), ", sum is ", call.result<Counter::Add::Out>().sum);
    }

    void expect_refused(Env &env, Text service)
    {
        env.parent().open(service, "").with(
            [&] (Session)  { error("service ", service, " was opened, against the route"); },
            [&] (Result r) { log("service ", service, " was refused: ", name(r)); });
    }
}


void Component::construct(Env &env)
{
    Attached_rom const config(env, "config");

    Xml_node const node = Xml_node::parse(config.content()).value_or(Xml_node());
    uint64_t const step = node.number("step", 1);

    /* one session is closed by its user, the other one ends with the component */
    static Connection const one(env, "Counter", "one");
    {
        Connection const two(env, "Counter", "two");

        add(one, step);
        add(two, 10*step);
        add(one, step);
        add(two, 10*step);
    }

    node.for_each_child("expect-refused", [&] (Xml_node const &refused) {
        expect_refused(env, refused.attribute("service", String<32>())); });

    log("client done");
    env.parent().exit(0);
}
