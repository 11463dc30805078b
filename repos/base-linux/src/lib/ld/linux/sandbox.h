/*
 * Confinement of a component to its capabilities
 */

#pragma once

namespace Linux {

    /* false if the host does not support it */
    bool enter_sandbox();
}
