/*
 * Strings that are allocated
 */

#include <stdlib.h>
#include <string.h>


char *strndup(char const *s, size_t n)
{
    size_t const len = strnlen(s, n);

    char *const copy = static_cast<char *>(malloc(len + 1));
    if (!copy)
        return nullptr;

    memcpy(copy, s, len);
    copy[len] = 0;
    return copy;
}


char *strdup(char const *s) { return strndup(s, strlen(s)); }
