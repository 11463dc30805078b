/*
 * The functions of ISO C that libsupc++ calls; the C++ runtime of the system defines them.
 */

#ifndef GENODE_TOOL_CHAIN_STDLIB_H
#define GENODE_TOOL_CHAIN_STDLIB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *malloc(size_t);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);
void  free(void *);
void  abort(void) __attribute__((__noreturn__));

#ifdef __cplusplus
}
#endif

#endif
