/*
 * The locale "C"
 */

#include <limits.h>
#include <locale.h>
#include <string.h>

namespace {

    char point[] = ".", empty[] = "", name_of_locale[] = "C";

    lconv conventions {
        point, empty, empty, empty, empty, empty, empty, empty, empty, empty,
        CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX };
}


char *setlocale(int, char const *name)
{
    bool const known = !name || !*name || !strcmp(name, "C") || !strcmp(name, "POSIX");

    return known ? name_of_locale : nullptr;
}


lconv *localeconv() { return &conventions; }
