/*
 * Objects that exist once per component
 */

#pragma once

#include <base/env.h>

namespace Genode {

    Parent     &parent();
    Heap       &heap();
    Entrypoint &entrypoint();
}
