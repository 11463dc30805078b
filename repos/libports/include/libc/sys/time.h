/*
 * C library: calendar time, which there is none of
 */

#pragma once

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timeval { time_t tv_sec; suseconds_t tv_usec; };

/* fails with ENOSYS, see 'time.h' */
int gettimeofday(struct timeval *, void *);

#ifdef __cplusplus
}
#endif
