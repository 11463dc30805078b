/*
 * GCC's own types. Its <stdint.h> asks the C library first, which there is none of.
 */

#include <stdint-gcc.h>
