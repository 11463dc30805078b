/*
 * C library: time
 *
 * There is a clock that starts at boot, CLOCK_MONOTONIC. There is no calendar
 * clock and no clock of processor time, and nothing pretends otherwise: 'time',
 * 'clock' and the other clocks fail with ENOSYS. The conversions work for any time
 * that was obtained elsewhere. Local time is UTC.
 */

#pragma once

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLOCKS_PER_SEC 1000000L

enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1 };

#define CLOCK_REALTIME  CLOCK_REALTIME
#define CLOCK_MONOTONIC CLOCK_MONOTONIC

struct timespec { time_t tv_sec; long tv_nsec; };

struct tm
{
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};

time_t  time(time_t *);
clock_t clock(void);
int     clock_gettime(clockid_t, struct timespec *);
int     clock_getres(clockid_t, struct timespec *);

double     difftime(time_t end, time_t start);
struct tm *gmtime(time_t const *);
struct tm *gmtime_r(time_t const *, struct tm *);
struct tm *localtime(time_t const *);
struct tm *localtime_r(time_t const *, struct tm *);
time_t     mktime(struct tm *);
time_t     timegm(struct tm *);
size_t     strftime(char *, size_t, char const *format, struct tm const *);
char      *asctime(struct tm const *);
char      *ctime(time_t const *);

#ifdef __cplusplus
}
#endif
