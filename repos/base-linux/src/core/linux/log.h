/*
 * Core's own messages, one line at a time
 */

#pragma once

#include <util/string.h>

namespace Core {

    using namespace Genode;

    void write_line(Text);

    void log(auto const &... args) { write_line(String<1400>(args...)); }
}
