/*
 * Services of core
 *
 * Each function opens a session on behalf of the component whose account is
 * given, which pays for the session as long as anybody refers to it.
 */

#pragma once

#include <pd.h>

namespace Hw {

    struct Opened
    {
        Result      result;
        Ref<Object> session;
    };

    /* label is printed in front of each line */
    Opened open_log(Account &, Label const &);

    /* the part of the label behind the last " -> " names the boot module */
    Opened open_rom(Account &, Label const &);

    /* label names the component */
    Opened open_pd(Account &, Label const &);
}
