/*
 * Component that calls servers that fault, and outlives all of them
 *
 * Which session reaches which victim is up to the route.
 *
 *   <config> <victim label="write"/> ... </config>
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>
#include <util/xml.h>

using namespace Genode;

namespace {

    void call_victim(Env &env, Text label)
    {
        env.parent().open("Victim", label).with(
            [&] (Session session) {
                log(label, ": blocked call returned ",  name(Call(1).to(session.cap)));
                log(label, ": later call returned ",    name(Call(1).to(session.cap)));
                env.parent().close(session); },
            [&] (Result r) { error(label, ": session refused: ", name(r)); });

        env.parent().open("Victim", label).with(
            [&] (Session)  { error(label, ": got a session of a dead server"); },
            [&] (Result r) { log(label, ": new session refused: ", name(r)); });
    }
}


void Component::construct(Env &env)
{
    Attached_rom const config(env, "config");

    Xml_node const node = Xml_node::parse(config.content()).value_or(Xml_node());

    node.for_each_child("victim", [&] (Xml_node const &victim) {
        call_victim(env, victim.attribute("label", String<32>())); });

    log("Test done.");
}
