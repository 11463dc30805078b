/*
 * Types used throughout init
 */

#pragma once

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>
#include <util/xml.h>

namespace Init {

    using namespace Genode;

    using Name         = String<64>;
    using Service_name = String<Protocol::SERVICE_LEN>;
    using Label        = String<Protocol::LABEL_LEN>;

    class  Child;
    class  Children;
    class  Session_state;
    struct Config;
}


/* configuration of this instance of init, valid as long as the component lives */
struct Init::Config
{
    Xml_node node { };

    /* whether each session is reported once it is open */
    bool verbose() const { return node.attribute("verbose", Name()) == "yes"; }

    bool parent_provides(Text service) const
    {
        bool result = false;
        node.with_child("parent-provides", [&] (Xml_node const &provides) {
            provides.for_each_child("service", [&] (Xml_node const &s) {
                if (s.attribute("name", Service_name()) == service)
                    result = true; }); });
        return result;
    }
};
