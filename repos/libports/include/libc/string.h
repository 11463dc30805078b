/*
 * C library: strings and memory
 */

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void  *memcpy(void *to, void const *from, size_t);
void  *memmove(void *to, void const *from, size_t);
void  *memset(void *, int, size_t);
int    memcmp(void const *, void const *, size_t);
void  *memchr(void const *, int, size_t);
void  *memrchr(void const *, int, size_t);
void  *memmem(void const *, size_t, void const *what, size_t);

size_t strlen(char const *);
size_t strnlen(char const *, size_t);

char  *strcpy(char *to, char const *from);
char  *strncpy(char *to, char const *from, size_t);
char  *stpcpy(char *to, char const *from);
char  *strcat(char *to, char const *from);
char  *strncat(char *to, char const *from, size_t);
size_t strlcpy(char *to, char const *from, size_t);
size_t strlcat(char *to, char const *from, size_t);

int    strcmp(char const *, char const *);
int    strncmp(char const *, char const *, size_t);
int    strcoll(char const *, char const *);
size_t strxfrm(char *to, char const *from, size_t);

char  *strchr(char const *, int);
char  *strrchr(char const *, int);
char  *strstr(char const *, char const *what);
size_t strspn(char const *, char const *set);
size_t strcspn(char const *, char const *set);
char  *strpbrk(char const *, char const *set);
char  *strtok(char *, char const *separators);
char  *strtok_r(char *, char const *separators, char **rest);

/* on the heap */
char  *strdup(char const *);
char  *strndup(char const *, size_t);

char  *strerror(int number);

#ifdef __cplusplus
}
#endif
