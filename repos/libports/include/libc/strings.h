/*
 * C library: strings, without regard to upper and lower case
 */

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

int strcasecmp(char const *, char const *);
int strncasecmp(char const *, char const *, size_t);

#ifdef __cplusplus
}
#endif
