/*
 * Session routing
 */

#include <child.h>

using namespace Init;

namespace {

    bool begins_with(Text text, Text part)
    {
        return text.len() >= part.len() && Text(text.start(), part.len()) == part;
    }

    bool ends_with(Text text, Text part)
    {
        return text.len() >= part.len()
            && Text(text.start() + text.len() - part.len(), part.len()) == part;
    }

    bool applies(Xml_node const &rule, Text service, Text label)
    {
        if (rule.has_type("any-service"))
            return true;

        return rule.has_type("service")
            && rule.attribute("name", Service_name()) == service
            && (!rule.has_attribute("label") || rule.attribute("label", Label()) == label)
            && begins_with(label, rule.attribute("label_prefix", Label()))
            && ends_with  (label, rule.attribute("label_suffix", Label()));
    }

    /*
     * The search for a target: once decided, the rest of the rules is ignored
     */
    struct Search
    {
        Config const &config;
        Children     &children;
        Child  const &client;
        Text   const  service;

        bool         decided = false;
        bool         found   = false;
        Route_target target { nullptr };

        void decide(Child *server) { decided = found = true; target.server = server; }

        void refuse() { decided = true; }

        void try_any_child()
        {
            Child *candidate = nullptr;

            children.for_each([&] (Child &child) {

                if (decided || &child == &client || !child.provides(service))
                    return;

                if (candidate) {
                    error("child \"", client.name, "\": route of service \"", service,
                          "\" to any child is ambiguous: \"", candidate->name,
                          "\" and \"", child.name, "\"");
                    refuse();
                }
                candidate = &child; });

            if (candidate && !decided)
                decide(candidate);
        }

        void try_target(Xml_node const &node)
        {
            if (node.has_type("parent") && config.parent_provides(service))
                decide(nullptr);

            if (node.has_type("child")) {
                Child *const child = children.find(node.attribute("name", Name()));

                /* a client of itself would wait for itself */
                if (child && child != &client && child->provides(service))
                    decide(child);
            }

            if (node.has_type("any-child"))
                try_any_child();
        }
    };
}


Attempt<Route_target> Init::resolve(Config const &config, Children &children,
                                    Child const &client, Text service, Text label)
{
    Search search { .config = config, .children = children, .client = client, .service = service };

    bool reported = false;

    client.with_route([&] (Xml_node const &route) {
        route.for_each_child([&] (Xml_node const &rule) {

            if (search.decided || !applies(rule, service, label))
                return;

            rule.for_each_child([&] (Xml_node const &target) {
                if (!search.decided)
                    search.try_target(target); });

            reported = search.decided;

            if (rule.has_type("service"))
                search.decided = true; }); });

    if (search.found)
        return search.target;

    if (!reported)
        error("child \"", client.name, "\": no route to service \"", service,
              "\" (label \"", label, "\")");

    return Result::DENIED;
}


void Init::check_route(Config const &config, Children &children, Child const &child)
{
    auto const complain = [&] (auto const &... what) {
        error("child \"", child.name, "\": ", what...); };

    auto const check_target = [&] (Service_name const &service, Xml_node const &target) {

        if (target.has_type("child")) {

            Name const name = target.attribute("name", Name());

            if (!children.find(name))
                complain("route of ", service, " leads to unknown child \"", name, "\"");

            if (name == child.name)
                complain("route of ", service, " leads back to the child itself");

        } else if (target.has_type("parent")) {

            if (service.len() && !(service == "any service") && !config.parent_provides(service))
                complain("route of ", service, " leads to parent, which does not provide it");

        } else if (!target.has_type("any-child")) {

            complain("unknown routing target <", target.name(), ">");
        }
    };

    child.with_route([&] (Xml_node const &route) {
        route.for_each_child([&] (Xml_node const &rule) {

            bool const any = rule.has_type("any-service");

            if (!any && !rule.has_type("service"))
                return complain("unknown routing rule <", rule.name(), ">");

            Service_name const service = any ? Service_name("any service")
                                             : rule.attribute("name", Service_name());

            rule.for_each_child([&] (Xml_node const &target) { check_target(service, target); });
        }); });
}
