/*
 * Conversions between seconds and dates
 */

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

namespace {

    constexpr long DAY = 24*60*60;

    long floor_div(long a, long b) { return a/b - (a % b < 0); }

    /*
     * Days since 1970-01-01 of the first day of a year, in the Gregorian calendar
     *
     * Each year before counts 365 days, each fourth one more, but for three of four centuries.
     */
    long first_day(long year)
    {
        long const before = year - 1;

        return 365*(year - 1970) + floor_div(before, 4) - floor_div(before, 100)
             + floor_div(before, 400) - (1969/4 - 1969/100 + 1969/400);
    }

    bool leap(long year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

    constexpr int DAYS_BEFORE[13] { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

    /* days of the year before a month */
    int days_before(int month, long year)
    {
        return DAYS_BEFORE[month] + (month > 1 && leap(year));
    }

    tm result;

    char text[64];
}


tm *gmtime_r(time_t const *time, tm *out)
{
    long const days    = floor_div(*time, DAY);
    long const seconds = *time - days*DAY;

    /* a first guess by the mean length of a year, and the way to the right one */
    long year = 1970 + floor_div(days*400, 146097);

    while (first_day(year)     >  days) year--;
    while (first_day(year + 1) <= days) year++;

    if (year - 1900 > INT_MAX || year - 1900 < INT_MIN) {
        errno = EOVERFLOW;
        return nullptr;
    }

    int const day = int(days - first_day(year));

    int month = 0;
    while (days_before(month + 1, year) <= day)
        month++;

    *out = { .tm_sec   = int(seconds % 60),
             .tm_min   = int(seconds/60 % 60),
             .tm_hour  = int(seconds/3600),
             .tm_mday  = day - days_before(month, year) + 1,
             .tm_mon   = month,
             .tm_year  = int(year - 1900),
             .tm_wday  = int(days - floor_div(days + 4, 7)*7 + 4),
             .tm_yday  = day,
             .tm_isdst = 0 };

    return out;
}


time_t timegm(tm *t)
{
    long const years = floor_div(t->tm_mon, 12);
    long const year  = 1900L + t->tm_year + years;
    int  const month = int(t->tm_mon - years*12);

    long const days = first_day(year) + days_before(month, year) + t->tm_mday - 1;

    time_t const time = days*DAY + t->tm_hour*3600L + t->tm_min*60L + t->tm_sec;

    /* the same with all members in their ranges */
    return gmtime_r(&time, t) ? time : -1;
}


time_t mktime     (tm *t)                         { return timegm(t); }
tm    *gmtime     (time_t const *time)            { return gmtime_r(time, &result); }
tm    *localtime_r(time_t const *time, tm *out)   { return gmtime_r(time, out); }
tm    *localtime  (time_t const *time)            { return gmtime(time); }
double difftime   (time_t end, time_t start)      { return double(end - start); }


char *asctime(tm const *t)
{
    return strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y\n", t) ? text : nullptr;
}


char *ctime(time_t const *time)
{
    tm t;
    return gmtime_r(time, &t) ? asctime(&t) : nullptr;
}
