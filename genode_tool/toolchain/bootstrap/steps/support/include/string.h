/*
 * The functions of ISO C that libsupc++ calls; the C++ runtime of the system defines them.
 */

#ifndef GENODE_TOOL_CHAIN_STRING_H
#define GENODE_TOOL_CHAIN_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

int     memcmp(const void *, const void *, size_t);
void   *memcpy(void *, const void *, size_t);
void   *memmove(void *, const void *, size_t);
void   *memset(void *, int, size_t);
char   *strcat(char *, const char *);
int     strcmp(const char *, const char *);
char   *strcpy(char *, const char *);
size_t  strlen(const char *);
int     strncmp(const char *, const char *, size_t);

#ifdef __cplusplus
}
#endif

#endif
