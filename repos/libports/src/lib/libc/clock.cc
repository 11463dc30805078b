/*
 * Clocks, of which there is one
 */

#include <base/platform.h>
#include <errno.h>
#include <sys/time.h>
#include <time.h>

namespace {

    int no_such_clock()
    {
        errno = ENOSYS;
        return -1;
    }
}


int clock_gettime(clockid_t id, timespec *out)
{
    if (id != CLOCK_MONOTONIC)
        return no_such_clock();

    Genode::uint64_t const us = Genode::Platform::now_us();

    *out = { time_t(us/1000000), long(us % 1000000)*1000 };
    return 0;
}


int clock_getres(clockid_t id, timespec *out)
{
    if (id != CLOCK_MONOTONIC)
        return no_such_clock();

    if (out)
        *out = { 0, 1000000 };

    return 0;
}


time_t  time(time_t *out)               { time_t const t = no_such_clock(); if (out) *out = t; return t; }
clock_t clock()                         { return no_such_clock(); }
int     gettimeofday(timeval *, void *) { return no_such_clock(); }
