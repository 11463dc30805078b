/*
 * Init: starts components and connects them, as told by its configuration
 *
 * Init knows its children, the services they provide, and the routes that
 * session requests take. It neither interprets what is said within a session,
 * nor takes part in it. An instance of init can be a child of another one.
 */

#include <exported.h>

using namespace Init;

namespace Init { struct Main; }


struct Init::Main
{
    Env &env;

    Attached_rom config_rom { env, "config" };
    Attached_rom ld         { env, "ld.lib.so" };

    Config   config   { };
    Children children { };

    Notification_handler<Main> session_handler { *this, &Main::handle_sessions };

    void handle_sessions()
    {
        children.for_each([&] (Child &child) { child.poll_parent(); });
    }

    void check_nodes() const
    {
        config.node.for_each_child([&] (Xml_node const &node) {

            static char const *const known[] {
                "parent-provides", "default-route", "default", "service", "start" };

            for (char const *name : known)
                if (node.has_type(name))
                    return;

            warning("unknown node <", node.name(), "> in config"); });
    }

    void create_child(Xml_node const &start)
    {
        Name const name = start.attribute("name", Name());

        if (name.empty())
            return error("<start> node without a name");

        if (children.find(name))
            return error("child name \"", name, "\" is not unique");

        create<Child>(env.heap(), env, config, children, start, name).with(
            [&] (Child *)       { },
            [&] (Result reason) { error("child \"", name, "\": ", Genode::name(reason)); });
    }

    void export_service(Xml_node const &node)
    {
        Service_name const service = node.attribute("name", Service_name());

        Name server { };
        node.with_child("child", [&] (Xml_node const &child) {
            server = child.attribute("name", Name()); });

        Child *const child = children.find(server);

        if (!child || !child->provides(service))
            return error("service \"", service, "\" for the parent: no child \"", server,
                         "\" provides it");

        create<Exported>(env.heap(), env, children, *child, service).with(
            [&] (Exported *)    { },
            [&] (Result reason) { error("service \"", service, "\": ", Genode::name(reason)); });
    }

    explicit Main(Env &env) : env(env)
    {
        Xml_node::parse(config_rom.content()).with(
            [&] (Xml_node node) { config.node = node; },
            [&] (Xml_error e) {
                error("config is not well-formed: ", e);
                env.parent().exit(-1); });

        check_nodes();

        env.parent().session_sigh(session_handler);

        /* a route may lead to a child that comes later in the list */
        config.node.for_each_child("start", [&] (Xml_node const &node) { create_child(node); });

        children.for_each([&] (Child &child) {
            child.check_nodes();
            check_route(config, children, child); });

        config.node.for_each_child("service", [&] (Xml_node const &node) { export_service(node); });

        children.for_each([&] (Child &child) { child.start(ld.ds()); });
    }
};


void Component::construct(Env &env) { static Init::Main main(env); }
