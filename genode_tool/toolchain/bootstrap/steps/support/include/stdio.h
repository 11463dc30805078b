/*
 * What the demangler of libsupc++ formats numbers with. There are no files.
 */

#ifndef GENODE_TOOL_CHAIN_STDIO_H
#define GENODE_TOOL_CHAIN_STDIO_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct genode_tool_chain_no_file FILE;

int sprintf(char *, const char *, ...);

#ifdef __cplusplus
}
#endif

#endif
