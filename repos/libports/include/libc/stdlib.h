/*
 * C library: memory, numbers, sorting, the end of a program
 */

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

#define RAND_MAX   0x7fffffff
#define MB_CUR_MAX 1

/*
 * Memory comes from the component's heap and thus from its RAM quota
 *
 * Once this is used up, a null pointer is returned and 'errno' is ENOMEM. The
 * parent is asked for more only if the component does it by itself.
 */
void *malloc(size_t);
void *calloc(size_t number, size_t size);
void *realloc(void *, size_t);
void *aligned_alloc(size_t alignment, size_t);
int   posix_memalign(void **, size_t alignment, size_t);
void  free(void *);

/* the end: functions given to 'atexit', last one first, then streams, then the parent */
__attribute__((noreturn)) void exit(int value);
__attribute__((noreturn)) void _Exit(int value);
__attribute__((noreturn)) void abort(void);
int atexit(void (*)(void));

/* from '<env key="..." value="..."/>' in the component's configuration */
char *getenv(char const *name);

/* there are no other programs to call: 0 for a null pointer, else -1 and ENOSYS */
int system(char const *command);

/* numbers from text, rounded correctly */
double             strtod(char const *, char **end);
float              strtof(char const *, char **end);
long double        strtold(char const *, char **end);
long               strtol(char const *, char **end, int base);
long long          strtoll(char const *, char **end, int base);
unsigned long      strtoul(char const *, char **end, int base);
unsigned long long strtoull(char const *, char **end, int base);

double    atof(char const *);
int       atoi(char const *);
long      atol(char const *);
long long atoll(char const *);

typedef struct { int       quot, rem; } div_t;
typedef struct { long      quot, rem; } ldiv_t;
typedef struct { long long quot, rem; } lldiv_t;

int       abs(int);
long      labs(long);
long long llabs(long long);
div_t     div(int, int);
ldiv_t    ldiv(long, long);
lldiv_t   lldiv(long long, long long);

/* takes n log n steps for any input, and no memory; equal elements change places */
void  qsort(void *, size_t number, size_t size, int (*compare)(void const *, void const *));
void *bsearch(void const *key, void const *, size_t number, size_t size,
              int (*compare)(void const *, void const *));

/* the same numbers after each start, fit for tests and for games */
int  rand(void);
void srand(unsigned);

#ifdef __cplusplus
}
#endif
