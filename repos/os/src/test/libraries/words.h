/*
 * Library used by a library: words, and a count of how often they were asked for
 */

#pragma once

namespace Words {

    char const *word(unsigned index);

    extern unsigned num_calls;
}
