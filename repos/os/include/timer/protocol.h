/*
 * Requests to a Timer session, times are in microseconds
 */

#pragma once

#include <base/types.h>

namespace Timer::Protocol {

    using namespace Genode;

    /* reply once the time has passed, one sleeper per session */
    struct Sleep { static constexpr uint32_t OP = 1; struct In { uint64_t us; }; };

    /* name the object to be notified by triggers: cap[0] */
    struct Sigh { static constexpr uint32_t OP = 2; };

    /* notify once or again and again, replaces an earlier trigger, 0 cancels it */
    struct Trigger_once     { static constexpr uint32_t OP = 3; struct In { uint64_t us; }; };
    struct Trigger_periodic { static constexpr uint32_t OP = 4; struct In { uint64_t us; }; };

    /* time since some moment before the session was opened */
    struct Now { static constexpr uint32_t OP = 5; struct Out { uint64_t us; }; };
}
