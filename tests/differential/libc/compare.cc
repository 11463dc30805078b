/*
 * Our own C library compared with the host's
 *
 * Our functions are linked under their names with the prefix 'own_'. For each group of
 * functions, one line is printed: name, number of comparisons, number of differences, and for
 * mathematical functions the largest error in units in the last place. The first differences
 * are described on stderr.
 */

#include <cctype>
#include <cerrno>
#include <cfloat>
#include <climits>
#include <clocale>
#include <cmath>
#include <csetjmp>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <strings.h>
#include <string>
#include <vector>

// By their own names: headers of glibc 2.38 and newer lead C++ programs to variants that follow
// C23, which reads "0b1" as binary. Ours follows C17, as the rest of the library does.
extern "C" {
    long c17_strtol(char const *, char **, int) __asm__("strtol");
    unsigned long c17_strtoul(char const *, char **, int) __asm__("strtoul");
}

extern "C" {
    int own_errno;

    void  *own_memcpy(void *d, void const *s, size_t n)  { return memcpy(d, s, n); }
    void  *own_memmove(void *d, void const *s, size_t n) { return memmove(d, s, n); }
    void  *own_memset(void *d, int c, size_t n)          { return memset(d, c, n); }
    int    own_memcmp(void const *a, void const *b, size_t n) { return memcmp(a, b, n); }
    size_t own_strlen(char const *s)                     { return strlen(s); }

    int own_snprintf(char *, size_t, char const *, ...);
    int own_vsnprintf(char *, size_t, char const *, va_list);

    double own_strtod(char const *, char **);
    float own_strtof(char const *, char **);
    long double own_strtold(char const *, char **);
    long own_strtol(char const *, char **, int);
    unsigned long own_strtoul(char const *, char **, int);

    void  own_qsort(void *, size_t, size_t, int (*)(void const *, void const *));
    void *own_bsearch(void const *, void const *, size_t, size_t,
                      int (*)(void const *, void const *));

    void *own_memchr(void const *, int, size_t);
    void *own_memrchr(void const *, int, size_t);
    void *own_memmem(void const *, size_t, void const *, size_t);
    size_t own_strnlen(char const *, size_t);
    char *own_strcpy(char *, char const *);
    char *own_strncpy(char *, char const *, size_t);
    char *own_strcat(char *, char const *);
    char *own_strncat(char *, char const *, size_t);
    int own_strcmp(char const *, char const *);
    int own_strncmp(char const *, char const *, size_t);
    int own_strcasecmp(char const *, char const *);
    int own_strncasecmp(char const *, char const *, size_t);
    char *own_strchr(char const *, int);
    char *own_strrchr(char const *, int);
    char *own_strstr(char const *, char const *);
    size_t own_strspn(char const *, char const *);
    size_t own_strcspn(char const *, char const *);
    char *own_strpbrk(char const *, char const *);
    char *own_strtok_r(char *, char const *, char **);

    struct tm *own_gmtime_r(time_t const *, struct tm *);
    time_t own_timegm(struct tm *);
    size_t own_strftime(char *, size_t, char const *, struct tm const *);

    int  own_setjmp(jmp_buf) __attribute__((returns_twice));
    void own_longjmp(jmp_buf, int) __attribute__((noreturn));

#define CTYPE(name) int own_##name(int);
    CTYPE(isalnum) CTYPE(isalpha) CTYPE(isblank) CTYPE(iscntrl) CTYPE(isdigit) CTYPE(isgraph)
    CTYPE(islower) CTYPE(isprint) CTYPE(ispunct) CTYPE(isspace) CTYPE(isupper) CTYPE(isxdigit)
    CTYPE(tolower) CTYPE(toupper)

#define MATH1(name) double own_##name(double);
#define MATH2(name) double own_##name(double, double);
    MATH1(fabs) MATH1(floor) MATH1(ceil) MATH1(trunc) MATH1(round) MATH1(rint) MATH1(sqrt)
    MATH1(exp) MATH1(exp2) MATH1(expm1) MATH1(log) MATH1(log2) MATH1(log10) MATH1(log1p)
    MATH1(cbrt) MATH1(sin) MATH1(cos) MATH1(tan) MATH1(asin) MATH1(acos) MATH1(atan)
    MATH1(sinh) MATH1(cosh) MATH1(tanh)
    MATH2(fmod) MATH2(pow) MATH2(hypot) MATH2(atan2) MATH2(copysign) MATH2(fmin) MATH2(fmax)
    double own_modf(double, double *);
    double own_frexp(double, int *);
    double own_ldexp(double, int);
}

namespace {

    /* the same cases each time */
    uint64_t state = 20260101;

    uint64_t random64()
    {
        uint64_t z = (state += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30))*0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27))*0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    unsigned below(unsigned n) { return unsigned(random64() % n); }

    double double_of(uint64_t bits) { double d; memcpy(&d, &bits, 8); return d; }

    double unit() { return double(random64() >> 11)/9007199254740992.0; }

    /* all magnitudes, round numbers, the ends of the range */
    double any_double()
    {
        static double const special[] {
            0.0, -0.0, 0.5, 1, -1, 1.5, 2.5, 3.5, 10, 100, 1e15, 1e16, 1e17, 1e22, 1e23, 0.1, 0.2,
            9.5, 99.5, 0.95, 0.995, 999999.5, 9999995, 1e-4, 9.9999e-5, DBL_MAX, DBL_MIN,
            DBL_TRUE_MIN, DBL_EPSILON, HUGE_VAL, -HUGE_VAL, double_of(0x000fffffffffffff),
            4503599627370496.5, 9007199254740993.0, 0.3, 2.0/3, 1e-5, 1e300, 1e-300, M_PI };

        switch (below(6)) {
        case 0: return special[below(sizeof(special)/sizeof(*special))];
        case 1: return double(int64_t(random64()) >> below(63));
        case 2: return unit()*pow(10, int(below(40)) - 20);
        case 3: return round(unit()*1e6)/pow(10, below(9));
        default:
            for (;;) {
                double const d = double_of(random64());
                if (!std::isnan(d))
                    return d;
            }
        }
    }

    double finite_double()
    {
        for (;;)
            if (double const d = any_double(); std::isfinite(d))
                return d;
    }

    struct Group
    {
        char const *name;
        unsigned long cases = 0, differences = 0;
        double        error = 0;

        explicit Group(char const *name) : name(name) { }

        ~Group() { printf("%s %lu %lu %.4f\n", name, cases, differences, error); }

        void check(bool same, char const *format, ...) __attribute__((format(printf, 3, 4)))
        {
            cases++;
            if (same || differences++ >= 5)
                return;

            va_list args;
            va_start(args, format);
            fprintf(stderr, "%s: ", name);
            vfprintf(stderr, format, args);
            fprintf(stderr, "\n");
            va_end(args);
        }

        /* 'limit' in units in the last place of the exact value */
        void check_error(double got, long double exact, double limit, double x, double y)
        {
            double const nearest = double(exact);

            if (std::isnan(nearest) || std::isinf(nearest) || nearest == 0) {
                check(got == nearest || (std::isnan(got) && std::isnan(nearest)),
                      "%a %a: %a instead of %a", x, y, got, nearest);
                return;
            }
            int exponent = 0;
            frexp(nearest, &exponent);

            long double const ulp = ldexpl(1, std::max(exponent - 53, -1074));
            double const      off = double(fabsl(got - exact)/ulp);

            if (off > error)
                error = off;

            check(off < limit, "%a %a: %a instead of %a, off by %g", x, y, got, nearest, off);
        }
    };

    bool same(double a, double b) { return !memcmp(&a, &b, sizeof(a)) || (std::isnan(a) && std::isnan(b)); }

    std::string any_format(char const *length, char const *conversions, bool always_precision)
    {
        std::string f = "%";
        for (char const *flag = "-+ #0"; *flag; flag++)
            if (!below(4))
                f += *flag;
        if (!below(2))
            f += std::to_string(below(30));
        if (always_precision || below(2))
            f += "." + std::to_string(below(6) ? below(20) : below(350));
        f += length;
        f += conversions[below(unsigned(strlen(conversions)))];
        return f;
    }

    template <typename... ARGS>
    void check_format(Group &group, std::string const &format, ARGS... args)
    {
        static char ours[8192], theirs[8192];
        size_t const size = below(10) ? sizeof(ours) : below(20);

        memset(ours, 'x', sizeof(ours));
        memset(theirs, 'x', sizeof(theirs));

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        int const a = own_snprintf(ours, size, format.c_str(), args...);
        int const b = snprintf(theirs, size, format.c_str(), args...);
#pragma GCC diagnostic pop

        /* the host forgets zeros that '#' asks for where a number is rounded up to a power of ten */
        bool const equal = a == b && !memcmp(ours, theirs, sizeof(ours));
        bool const power = strpbrk(format.c_str(), "gG") && format.find('#') != format.npos
                        && (strstr(ours, "00E+") || strstr(ours, "00e+") || strstr(ours, "1.0E+")
                            || strstr(ours, "1.0e+") || size < sizeof(ours));
        if (!equal && power)
            return;

        group.check(equal,
                    "%s: '%.400s' (%d) instead of '%.400s' (%d)",
                    format.c_str(), size ? ours : "", a, size ? theirs : "", b);
    }

    void print_integers(unsigned n)
    {
        Group group("print_integers");

        for (unsigned i = 0; i < n; i++) {
            uint64_t const value = random64() >> below(64);

            check_format(group, any_format("", "dixXou", false), int(value));
            check_format(group, any_format("l", "dixXou", false), long(value));
            check_format(group, any_format("ll", "dixXou", false), (long long)(value));
            check_format(group, any_format("z", "uxXo", false), size_t(value));
            check_format(group, any_format("h", "dixXou", false), int(short(value)));
            check_format(group, any_format("hh", "dixXou", false), int(char(value)));
        }
        for (long v : { 0L, 1L, -1L, LONG_MIN, LONG_MAX, long(INT_MIN), long(INT_MAX) })
            for (unsigned i = 0; i < 50; i++) {
                check_format(group, any_format("l", "dixXou", false), v);
                check_format(group, any_format("", "dixXou", false), int(v));
            }
    }

    void print_text(unsigned n)
    {
        Group group("print_text");

        for (unsigned i = 0; i < n; i++) {
            check_format(group, "<" + any_format("", "s", false) + "> 100%%", "Genode");
            check_format(group, "%-*s|%*s|%.*s", int(below(20)) - 10, "a", int(below(9)), "bc",
                         int(below(9)) - 3, "defghi");
            check_format(group, "%c%5c%-3cx", int('a' + below(26)), int('b'), int('c'));
            check_format(group, "%s %d %.3f %s %lu", "a", int(below(99)), unit(), "z", random64());
        }
    }

    void print_doubles(unsigned n)
    {
        Group group("print_doubles");

        for (unsigned i = 0; i < n; i++) {
            double const value = below(4) ? any_double() : -any_double();
            check_format(group, any_format("", "eEfFgG", false), value);
            check_format(group, "%.17g", value);
            check_format(group, "%.14g", value);
            check_format(group, "%.0f", value);
            check_format(group, "%.1100f", value);
            check_format(group, "%.900e", value);
        }
        for (unsigned i = 0; i < n; i++) {
            double const value = any_double();
            if (std::isnormal(value))
                check_format(group, any_format("", "aA", false), value);
        }
    }

    long double any_long_double()
    {
        return below(2) ? (long double)finite_double()/3
                        : ldexpl((long double)random64(), int(below(32000)) - 16400);
    }

    void print_long_doubles(unsigned n)
    {
        Group group("print_long_doubles");

        for (unsigned i = 0; i < n; i++) {
            long double const value = any_long_double();
            check_format(group, any_format("L", "eEgG", true), value);
            if (fabsl(value) < 1e300L)
                check_format(group, any_format("L", "fF", false), value);
        }
    }

    void check_strtod(Group &group, char const *text)
    {
        char *ours = nullptr, *theirs = nullptr;

        double const a = own_strtod(text, &ours), b = strtod(text, &theirs);
        group.check(same(a, b) && ours == theirs, "'%s': %a (+%td) instead of %a (+%td)", text,
                    a, ours - text, b, theirs - text);

        float const c = own_strtof(text, &ours), d = strtof(text, &theirs);
        group.check(same(c, d) && ours == theirs, "'%s' (float): %a instead of %a", text, c, d);
    }

    void parse_doubles(unsigned n)
    {
        Group group("parse_doubles");
        char text[2048];

        for (unsigned i = 0; i < n; i++) {
            double const value = any_double();
            if (std::isinf(value))
                continue;

            snprintf(text, sizeof(text), "%.17g", value);             check_strtod(group, text);
            snprintf(text, sizeof(text), "%.*e", int(below(30)), value); check_strtod(group, text);
            snprintf(text, sizeof(text), "%a", value);                check_strtod(group, text);
            snprintf(text, sizeof(text), "  %llu.%llue%d xyz", (unsigned long long)random64(),
                     (unsigned long long)random64(), int(below(700)) - 350);
            check_strtod(group, text);

            /* exactly between two numbers, and next to it */
            uint64_t bits;
            memcpy(&bits, &value, 8);
            double const next = double_of(bits + 1);
            if (std::isfinite(next) && value > 0) {
                long double const middle = value + (next - (long double)value)/2;
                snprintf(text, sizeof(text), "%.1200Lf", middle);
                check_strtod(group, text);
                strcat(text, "0000001");
                check_strtod(group, text);
            }
        }
        for (char const *t : { "", " ", "+", "-", ".", "-.", "e5", ".e5", "0", "-0", "0.", ".5", "5.",
                               "1e", "1e+", "1e5x", "0x", "0x.", "0xg", "0x.8", "0x1p", "0x1p-", "inf",
                               "-INFINITY", "infinit", "nan", "NaNx", "1e400", "-1e400", "1e-400",
                               "0e999999999999", "1e99999999999", "1e-99999999999", "0x1p-1074",
                               "0x1p-1075", "0x1.8p-1075", "0x1.fffffffffffff8p0", "0x1p1024",
                               "0x1.fffffffffffff7p1023", "0x1.fffffffffffff8p1023", "1.5.5",
                               "0x123456789abcdef0123456789abcdef0123456789p-20",
                               "0x0.00000000000000000000000000000000000000001p9",
                               "2.4703282292062327208e-324", "2.4703282292062328e-324",
                               "179769313486231580793e289", "17976931348623158079372897e283" })
            check_strtod(group, t);
    }

    void parse_long_doubles(unsigned n)
    {
        Group group("parse_long_doubles");
        char text[6000];

        for (unsigned i = 0; i < n; i++) {
            long double const value = any_long_double();
            snprintf(text, sizeof(text), "%.*Le", int(below(40)), value);

            char *ours = nullptr, *theirs = nullptr;
            long double const a = own_strtold(text, &ours), b = strtold(text, &theirs);
            group.check(!memcmp(&a, &b, 10) && ours == theirs, "'%s': %La instead of %La", text, a, b);
        }
    }

    void parse_integers(unsigned n)
    {
        Group group("parse_integers");
        static char const letters[] = "0123456789abcxyzABCXYZ+- 0x0X";

        for (unsigned i = 0; i < n; i++) {

            std::string text;
            for (unsigned k = below(24); k; k--)
                text += below(3) ? char('0' + below(10)) : letters[below(sizeof(letters) - 1)];

            int const base = below(3) ? (below(2) ? 10 : 0) : int(below(37));
            char *ours = nullptr, *theirs = nullptr;

            own_errno = errno = 0;
            long const a = own_strtol(text.c_str(), &ours, base), b = c17_strtol(text.c_str(), &theirs, base);
            group.check(a == b && (base == 1 || ours == theirs) && (own_errno == ERANGE) == (errno == ERANGE),
                        "'%s' base %d: %ld instead of %ld", text.c_str(), base, a, b);

            own_errno = errno = 0;
            unsigned long const c = own_strtoul(text.c_str(), nullptr, base), d = c17_strtoul(text.c_str(), nullptr, base);
            group.check(c == d && (own_errno == ERANGE) == (errno == ERANGE),
                        "'%s' base %d: %lu instead of %lu", text.c_str(), base, c, d);
        }
    }

    int compare_ints(void const *a, void const *b)
    {
        int const x = *static_cast<int const *>(a), y = *static_cast<int const *>(b);
        return (x > y) - (x < y);
    }

    struct Record { char text[11]; unsigned char key; };

    int compare_records(void const *a, void const *b)
    {
        return static_cast<Record const *>(a)->key - static_cast<Record const *>(b)->key;
    }

    void sorting(unsigned n)
    {
        Group group("sorting");

        for (unsigned i = 0; i < n; i++) {
            std::vector<int> ours(below(200));
            for (int &v : ours)
                v = int(below(below(2) ? 10 : 100000)) - 50;

            std::vector<int> theirs = ours;
            own_qsort(ours.data(), ours.size(), sizeof(int), compare_ints);
            qsort(theirs.data(), theirs.size(), sizeof(int), compare_ints);
            group.check(ours == theirs, "%zu numbers", ours.size());

            int const key = int(below(100));
            bool const a = own_bsearch(&key, ours.data(), ours.size(), sizeof(int), compare_ints),
                       b = bsearch(&key, ours.data(), ours.size(), sizeof(int), compare_ints);
            group.check(a == b, "search for %d among %zu", key, ours.size());

            std::vector<Record> records(below(50));
            unsigned sum = 0, sum_after = 0;
            for (Record &r : records) {
                r.key = (unsigned char)random64();
                memset(r.text, r.key, sizeof(r.text));
                sum += r.key;
            }
            own_qsort(records.data(), records.size(), sizeof(Record), compare_records);
            bool sorted = true;
            for (size_t k = 0; k < records.size(); k++) {
                sum_after += records[k].key;
                sorted &= (unsigned char)records[k].text[10] == records[k].key;
                sorted &= !k || records[k - 1].key <= records[k].key;
            }
            group.check(sorted && sum == sum_after, "%zu records", records.size());
        }
    }

    int sign(int v) { return (v > 0) - (v < 0); }

    void strings(unsigned n)
    {
        Group group("strings");

        for (unsigned i = 0; i < n; i++) {

            char a[40] { }, b[40] { };
            for (unsigned k = below(20); k; k--) a[k - 1] = char("abcABC\xe4"[below(7)]);
            for (unsigned k = below(6);  k; k--) b[k - 1] = char("abcABC\xe4"[below(7)]);
            if (!below(4))
                memcpy(b, a, below(20));
            int const c = "abcABC\xe4"[below(8)];
            size_t const k = below(20);

            char const *const what = "'%s' '%s' %zu";
#define SAME(call) group.check(own_##call == call, #call " '%s' '%s' %zu", a, b, k)
            SAME(memchr(a, c, k));
            SAME(memrchr(a, c, k));
            SAME(memmem(a, k, b, strlen(b)));
            SAME(strnlen(a, k));
            SAME(strchr(a, c));
            SAME(strrchr(a, c));
            SAME(strstr(a, b));
            SAME(strspn(a, b));
            SAME(strcspn(a, b));
            SAME(strpbrk(a, b));
#undef SAME
#define SIGN(call) group.check(sign(own_##call) == sign(call), #call " '%s' '%s' %zu", a, b, k)
            SIGN(strcmp(a, b));
            SIGN(strncmp(a, b, k));
            SIGN(strcasecmp(a, b));
            SIGN(strncasecmp(a, b, k));
#undef SIGN
            char ours[80], theirs[80];
#define BUFFER(call_ours, call_theirs) \
            memset(ours, 'x', sizeof(ours)); memset(theirs, 'x', sizeof(theirs)); \
            strcpy(ours, "abc"); strcpy(theirs, "abc"); \
            call_ours; call_theirs; \
            group.check(!memcmp(ours, theirs, sizeof(ours)), what, a, b, k)
            BUFFER(own_strcpy(ours, a), strcpy(theirs, a));
            BUFFER(own_strncpy(ours, a, k), strncpy(theirs, a, k));
            BUFFER(own_strcat(ours, a), strcat(theirs, a));
            BUFFER(own_strncat(ours, a, k), strncat(theirs, a, k));
#undef BUFFER
            strcpy(ours, a);
            strcpy(theirs, a);
            char *ro = nullptr, *rt = nullptr;
            for (char *o = ours, *t = theirs; ; o = t = nullptr) {
                char const *const x = own_strtok_r(o, b, &ro), *const y = strtok_r(t, b, &rt);
                group.check(bool(x) == bool(y) && (!x || !strcmp(x, y)), what, a, b, k);
                if (!x || !y)
                    break;
            }
        }
    }

    void characters()
    {
        Group group("characters");

        for (int c = -1; c < 256; c++) {
#define SAME(name) group.check(bool(own_##name(c)) == bool(name(c)), #name " %d", c);
            SAME(isalnum) SAME(isalpha) SAME(isblank) SAME(iscntrl) SAME(isdigit) SAME(isgraph)
            SAME(islower) SAME(isprint) SAME(ispunct) SAME(isspace) SAME(isupper) SAME(isxdigit)
#undef SAME
            group.check(own_tolower(c) == tolower(c) && own_toupper(c) == toupper(c), "case %d", c);
        }
    }

    void dates(unsigned n)
    {
        Group group("dates");

        for (unsigned i = 0; i < n; i++) {

            time_t const t = below(2) ? time_t(int64_t(random64()) >> 18) : time_t(below(INT_MAX))*2 - INT_MAX/2;
            struct tm ours { }, theirs { };

            own_gmtime_r(&t, &ours);
            gmtime_r(&t, &theirs);

            group.check(ours.tm_year == theirs.tm_year && ours.tm_mon == theirs.tm_mon
                     && ours.tm_mday == theirs.tm_mday && ours.tm_hour == theirs.tm_hour
                     && ours.tm_min == theirs.tm_min && ours.tm_sec == theirs.tm_sec
                     && ours.tm_wday == theirs.tm_wday && ours.tm_yday == theirs.tm_yday,
                        "%ld: %d-%d-%d", long(t), ours.tm_year, ours.tm_mon, ours.tm_mday);

            if (theirs.tm_year >= 0 && theirs.tm_year < 8000) {
                static char const *const format = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %m %M %n "
                                                  "%p %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %% %Ey %Od";
                char a[512], b[512];
                theirs.tm_gmtoff = 0;
                size_t const x = own_strftime(a, sizeof(a), format, &theirs), y = strftime(b, sizeof(b), format, &theirs);
                group.check(x == y && !strcmp(a, b), "\n%s\n%s", a, b);
            }

            /* members out of their ranges */
            struct tm odd { };
            odd.tm_year = int(below(400)) - 100, odd.tm_mon = int(below(60)) - 30, odd.tm_mday = int(below(200)) - 100;
            odd.tm_hour = int(below(200)) - 100, odd.tm_min = int(below(500)) - 250, odd.tm_sec = int(below(500)) - 250;
            struct tm copy = odd;
            time_t const a = own_timegm(&odd), b = timegm(&copy);
            group.check(a == b && odd.tm_mday == copy.tm_mday && odd.tm_yday == copy.tm_yday, "timegm: %ld instead of %ld", long(a), long(b));
        }
    }

    void exact_math(unsigned n)
    {
        Group group("exact_math");

        for (unsigned i = 0; i < n; i++) {
            double x = any_double(), y = below(3) ? any_double() : x/double(below(100) + 1);
            if (below(2)) x = -x;
            if (below(2)) y = -y;
#define SAME1(name) group.check(same(own_##name(x), name(x)), #name " %a: %a instead of %a", x, own_##name(x), name(x));
#define SAME2(name) group.check(same(own_##name(x, y), name(x, y)), #name " %a %a: %a instead of %a", x, y, own_##name(x, y), name(x, y));
            SAME1(fabs) SAME1(floor) SAME1(ceil) SAME1(trunc) SAME1(round) SAME1(rint) SAME1(sqrt)
            SAME2(fmod) SAME2(copysign)
            if (x != y) {
                SAME2(fmin) SAME2(fmax)
            }
            double ours = 0, theirs = 0;
            double const a = own_modf(x, &ours), b = modf(x, &theirs);
            group.check(same(a, b) && same(ours, theirs), "modf %a: %a %a instead of %a %a", x, a, ours, b, theirs);

            int eo = 0, et = 0;
            double const c = own_frexp(x, &eo), d = frexp(x, &et);
            group.check(same(c, d) && (!std::isfinite(x) || eo == et), "frexp %a", x);

            int const e = int(below(4400)) - 2200;
            group.check(same(own_ldexp(x, e), ldexp(x, e)), "ldexp %a %d: %a instead of %a", x, e, own_ldexp(x, e), ldexp(x, e));
        }
    }

    /* the host's functions of 'long double' tell the exact value to eleven bits more */
    void close_math(unsigned n)
    {
        constexpr double LIMIT = 1.0;

#define CLOSE(name, argument) { \
        Group group(#name); \
        for (unsigned i = 0; i < n; i++) { \
            double const x = argument; \
            group.check_error(own_##name(x), name##l((long double)x), LIMIT, x, 0); } }
#define SIGNED (below(2) ? 1 : -1)
        CLOSE(exp,   below(3) ? SIGNED*unit()*750 : any_double())
        CLOSE(exp2,  below(3) ? SIGNED*unit()*1080 : any_double())
        CLOSE(expm1, below(2) ? SIGNED*unit()*700 : SIGNED*pow(2, -unit()*60))
        CLOSE(log,   below(2) ? fabs(any_double()) : 1 + SIGNED*pow(2, -unit()*53))
        CLOSE(log2,  below(2) ? fabs(any_double()) : 1 + SIGNED*pow(2, -unit()*53))
        CLOSE(log10, below(2) ? fabs(any_double()) : 1 + SIGNED*pow(2, -unit()*53))
        CLOSE(log1p, below(2) ? fabs(any_double()) : SIGNED*pow(2, -unit()*70))
        CLOSE(cbrt,  any_double())
        CLOSE(sin,   below(2) ? finite_double() : SIGNED*unit()*10)
        CLOSE(cos,   below(2) ? finite_double() : SIGNED*unit()*10)
        CLOSE(tan,   below(2) ? finite_double() : SIGNED*unit()*10)
        CLOSE(asin,  below(2) ? SIGNED*unit() : SIGNED*(below(2) ? pow(2, -unit()*70) : 1 - pow(2, -unit()*53)))
        CLOSE(acos,  below(2) ? SIGNED*unit() : SIGNED*(below(2) ? pow(2, -unit()*70) : 1 - pow(2, -unit()*53)))
        CLOSE(atan,  SIGNED*any_double())
        CLOSE(sinh,  below(2) ? SIGNED*unit()*712 : SIGNED*pow(2, -unit()*70))
        CLOSE(cosh,  below(2) ? SIGNED*unit()*712 : SIGNED*pow(2, -unit()*70))
        CLOSE(tanh,  below(2) ? SIGNED*unit()*20 : SIGNED*pow(2, -unit()*70))

        Group power("pow");
        for (unsigned i = 0; i < n*2; i++) {
            double x = fabs(finite_double()), y = 0;
            switch (below(5)) {
            case 0:  y = any_double(); break;
            case 1:  y = double(int(below(40)) - 20); x = SIGNED*double(below(100)); break;
            case 2:  y = unit()*1024*SIGNED; x = pow(2, unit()*SIGNED); break;
            case 3:  y = SIGNED*700/log(x ? x : 2)*unit(); break;
            default: y = SIGNED*pow(2, unit()*60); x = 1 + SIGNED*pow(2, -unit()*53); break;
            }
            power.check_error(own_pow(x, y), powl(x, y), LIMIT, x, y);
        }
        Group angle("atan2");
        for (unsigned i = 0; i < n; i++) {
            double const y = SIGNED*any_double(), x = SIGNED*any_double();
            angle.check_error(own_atan2(y, x), atan2l(y, x), LIMIT, y, x);
        }
        Group side("hypot");
        for (unsigned i = 0; i < n; i++) {
            double const y = any_double(), x = any_double();
            side.check_error(own_hypot(y, x), hypotl(y, x), LIMIT, y, x);
        }
    }

    jmp_buf place;

    /* leave 'depth' functions at once */
    __attribute__((noinline)) int deeper(int depth, int value)
    {
        return depth ? deeper(depth - 1, value) + 1 : (own_longjmp(place, value), 0);
    }

    __attribute__((noinline)) void jump(Group &group, int value)
    {
        double volatile kept  = value/3.0;
        int    volatile times = 0;

        int const got = own_setjmp(place);

        times = times + 1;
        if (times == 1) {
            group.check(got == 0, "first return with %d", got);
            group.check(deeper(20, value) < 0, "back from the functions");
        }
        group.check(got == (value ? value : 1) && kept == value/3.0 && times == 2,
                    "%d instead of %d", got, value);
    }

    void jumps()
    {
        Group group("jumps");

        for (int value = -3; value < 10; value++)
            jump(group, value);
    }
}


int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    setenv("TZ", "UTC", 1);

    unsigned const n = argc > 1 ? unsigned(atoi(argv[1])) : 1000;

    print_integers(n);
    print_text(n);
    print_doubles(n);
    print_long_doubles(n/10);
    parse_doubles(n);
    parse_long_doubles(n/10);
    parse_integers(n*4);
    sorting(n/4);
    strings(n*2);
    characters();
    dates(n);
    exact_math(n*4);
    close_math(n*2);
    jumps();
}
