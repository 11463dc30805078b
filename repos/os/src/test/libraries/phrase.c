/*
 * Part of a static library, in C
 */

#include <phrase.h>

char const *phrase(void) { return "says a static library"; }
