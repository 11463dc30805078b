/*
 * C library: what was in a header of this name before there was a standard
 */

#include <string.h>
