/*
 * Dates as text, in the locale "C"
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

namespace {

    constexpr char const *DAYS[] { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
                                   "Friday", "Saturday" };

    constexpr char const *MONTHS[] { "January", "February", "March", "April", "May", "June",
                                     "July", "August", "September", "October", "November",
                                     "December" };

    template <unsigned long N>
    char const *name_of(char const *const (&names)[N], int i)
    {
        return i >= 0 && i < int(N) ? names[i] : "???";
    }

    /* what fits is kept, and whether it was all */
    struct Output
    {
        char  *at;
        size_t left;
        bool   complete = true;

        void text(char const *s, size_t len)
        {
            if (len > left) {
                complete = false;
                return;
            }
            memcpy(at, s, len);
            at   += len;
            left -= len;
        }

        void text(char const *s) { text(s, strlen(s)); }

        void number(char const *format, long value)
        {
            char buf[24];
            snprintf(buf, sizeof(buf), format, value);
            text(buf);
        }
    };

    bool leap(long year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

    /* week that a year's first Thursday is in is the first one; a day may belong to another year */
    struct Iso_week
    {
        long year;
        int  week;

        Iso_week(tm const &t) : year(1900L + t.tm_year), week(0)
        {
            int const monday_based = (t.tm_wday + 6) % 7;

            week = (t.tm_yday - monday_based + 10)/7;

            if (week == 0) {
                year--;
                int const yday = t.tm_yday + 365 + leap(year);
                week = (yday - monday_based + 10)/7;
            } else if (week == 53) {
                /* the days left belong to the next year if its first Thursday is near */
                int const days = 365 + leap(year);
                if (t.tm_yday - monday_based + 3 >= days) {
                    year++;
                    week = 1;
                }
            }
        }
    };

    void convert(Output &out, char letter, tm const &t);

    void expand(Output &out, char const *format, tm const &t)
    {
        for (; *format; format++) {

            if (*format != '%') {
                out.text(format, 1);
                continue;
            }

            /* alternative forms are the same in this locale */
            format++;
            if (*format == 'E' || *format == 'O')
                format++;

            if (!*format)
                return;

            convert(out, *format, t);
        }
    }

    void convert(Output &out, char letter, tm const &t)
    {
        long const year   = 1900L + t.tm_year;
        int  const hour12 = t.tm_hour % 12 ? t.tm_hour % 12 : 12;

        switch (letter) {
        case 'a': out.text(name_of(DAYS, t.tm_wday), 3);                break;
        case 'A': out.text(name_of(DAYS, t.tm_wday));                   break;
        case 'b':
        case 'h': out.text(name_of(MONTHS, t.tm_mon), 3);               break;
        case 'B': out.text(name_of(MONTHS, t.tm_mon));                  break;
        case 'c': expand(out, "%a %b %e %H:%M:%S %Y", t);               break;
        case 'C': out.number("%02ld", year/100);                        break;
        case 'd': out.number("%02ld", t.tm_mday);                       break;
        case 'D': expand(out, "%m/%d/%y", t);                           break;
        case 'e': out.number("%2ld", t.tm_mday);                        break;
        case 'F': expand(out, "%Y-%m-%d", t);                           break;
        case 'g': out.number("%02ld", Iso_week(t).year % 100);          break;
        case 'G': out.number("%ld", Iso_week(t).year);                  break;
        case 'H': out.number("%02ld", t.tm_hour);                       break;
        case 'I': out.number("%02ld", hour12);                          break;
        case 'j': out.number("%03ld", t.tm_yday + 1);                   break;
        case 'm': out.number("%02ld", t.tm_mon + 1);                    break;
        case 'M': out.number("%02ld", t.tm_min);                        break;
        case 'n': out.text("\n");                                       break;
        case 'p': out.text(t.tm_hour < 12 ? "AM" : "PM");               break;
        case 'r': expand(out, "%I:%M:%S %p", t);                        break;
        case 'R': expand(out, "%H:%M", t);                              break;
        case 's': { tm copy = t; out.number("%ld", timegm(&copy));      break; }
        case 'S': out.number("%02ld", t.tm_sec);                        break;
        case 't': out.text("\t");                                       break;
        case 'T':
        case 'X': expand(out, "%H:%M:%S", t);                           break;
        case 'u': out.number("%ld", t.tm_wday ? t.tm_wday : 7);         break;
        case 'U': out.number("%02ld", (t.tm_yday + 7 - t.tm_wday)/7);   break;
        case 'V': out.number("%02ld", Iso_week(t).week);                break;
        case 'w': out.number("%ld", t.tm_wday);                         break;
        case 'W': out.number("%02ld", (t.tm_yday + 7 - (t.tm_wday + 6) % 7)/7); break;
        case 'x': expand(out, "%m/%d/%y", t);                           break;
        case 'y': out.number("%02ld", year % 100);                      break;
        case 'Y': out.number("%ld", year);                              break;
        case 'z': out.text("+0000");                                    break;
        case 'Z': out.text("UTC");                                      break;
        case '%': out.text("%");                                        break;
        default:  out.text("%"); out.text(&letter, 1);                  break;
        }
    }
}


size_t strftime(char *to, size_t size, char const *format, tm const *t)
{
    if (!size)
        return 0;

    Output out { to, size - 1 };
    expand(out, format, *t);

    if (!out.complete)
        return 0;

    *out.at = 0;
    return size_t(out.at - to);
}
