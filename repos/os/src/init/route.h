/*
 * Session routing: which parent or child provides a service to a child
 *
 * A route is a list of rules, each of which applies to one service or to any,
 * and has a list of targets. The first rule that applies and has a fitting
 * target decides. A rule for a particular service is final: what
 * it does not permit is not left to later, more general rules.
 */

#pragma once

#include <types.h>

namespace Init {

    struct Route_target;

    /* decide about a session request, a request without a route is reported */
    Attempt<Route_target> resolve(Config const &, Children &, Child const &client,
                                  Text service, Text label);

    /* report what can be known to be wrong without any session request */
    void check_route(Config const &, Children &, Child const &);
}


/* the parent if 'server' is null */
struct Init::Route_target { Child *server; };
