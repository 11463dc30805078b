/*
 * On ARM, `size_t` is a `long` as on the other architectures, and an enumeration is never
 * smaller than an `int`, as the procedure call standard allows for either (AAPCS, 8.1.3).
 */

#undef SIZE_TYPE
#undef PTRDIFF_TYPE
#define SIZE_TYPE    "long unsigned int"
#define PTRDIFF_TYPE "long int"

#undef ARM_DEFAULT_SHORT_ENUMS
#define ARM_DEFAULT_SHORT_ENUMS 0
