/*
 * C library: locales, of which there is one, "C"
 */

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LC_ALL, LC_COLLATE, LC_CTYPE, LC_MONETARY, LC_NUMERIC, LC_TIME };

#define LC_ALL      LC_ALL
#define LC_COLLATE  LC_COLLATE
#define LC_CTYPE    LC_CTYPE
#define LC_MONETARY LC_MONETARY
#define LC_NUMERIC  LC_NUMERIC
#define LC_TIME     LC_TIME

struct lconv
{
    char *decimal_point, *thousands_sep, *grouping;
    char *int_curr_symbol, *currency_symbol;
    char *mon_decimal_point, *mon_thousands_sep, *mon_grouping;
    char *positive_sign, *negative_sign;
    char  int_frac_digits, frac_digits;
    char  p_cs_precedes, p_sep_by_space, n_cs_precedes, n_sep_by_space;
    char  p_sign_posn, n_sign_posn;
};

/* yields "C" for "C", "POSIX", "" and a null pointer, and a null pointer for anything else */
char *setlocale(int category, char const *name);

struct lconv *localeconv(void);

#ifdef __cplusplus
}
#endif
