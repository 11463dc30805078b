/*
 * Test: ask the parent for more RAM
 *
 *   <config> <ask ram="512K"/> <ask ram="2M"/> </config>
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>
#include <util/xml.h>

using namespace Genode;


void Component::construct(Env &env)
{
    Attached_rom const config(env, "config");

    Xml_node const node = Xml_node::parse(config.content()).value_or(Xml_node());

    node.for_each_child("ask", [&] (Xml_node const &ask) {

        uint64_t const before  = env.ram_avail();
        uint64_t const bytes   = ask.bytes("ram", 0);
        bool     const granted = env.parent().request_ram(bytes);
        uint64_t const gained  = env.ram_avail() - before;

        log(bytes >> 10, " KiB: ", granted ? "granted" : "denied", ", gained ",
            gained >> 10, " KiB"); });

    env.parent().exit(0);
}
