/*
 * Strings
 *
 * The functions that the compiler refers to (memcpy, memmove, memset, memcmp,
 * strlen) are in the base library.
 */

#include <string.h>
#include <strings.h>
#include <ctype.h>

namespace {

    using byte = unsigned char;

    byte const *bytes(void const *ptr) { return static_cast<byte const *>(ptr); }

    /* set of characters, for looking up one in constant time */
    struct Char_set
    {
        bool member[256] { };

        Char_set(char const *text)
        {
            for (; *text; text++)
                member[byte(*text)] = true;
        }
    };

    int difference(int a, int b) { return a - b; }

    int compare(char const *a, char const *b, size_t n, int (*mapped)(int))
    {
        for (; n; n--, a++, b++) {
            int const d = difference(mapped(byte(*a)), mapped(byte(*b)));
            if (d || !*a)
                return d;
        }
        return 0;
    }

    int same(int c) { return c; }
}


void *memchr(void const *ptr, int c, size_t n)
{
    for (byte const *p = bytes(ptr); n; n--, p++)
        if (*p == byte(c))
            return const_cast<byte *>(p);

    return nullptr;
}


void *memrchr(void const *ptr, int c, size_t n)
{
    while (n--)
        if (bytes(ptr)[n] == byte(c))
            return const_cast<byte *>(bytes(ptr) + n);

    return nullptr;
}


void *memmem(void const *ptr, size_t n, void const *what, size_t len)
{
    for (byte const *p = bytes(ptr); n >= len; n--, p++)
        if (!memcmp(p, what, len))
            return const_cast<byte *>(p);

    return nullptr;
}


size_t strnlen(char const *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}


char *stpcpy(char *to, char const *from)
{
    size_t const len = strlen(from);
    memcpy(to, from, len + 1);
    return to + len;
}


char *strcpy(char *to, char const *from)
{
    stpcpy(to, from);
    return to;
}


char *strncpy(char *to, char const *from, size_t n)
{
    size_t const len = strnlen(from, n);
    memcpy(to, from, len);
    memset(to + len, 0, n - len);
    return to;
}


char *strcat(char *to, char const *from)
{
    strcpy(to + strlen(to), from);
    return to;
}


char *strncat(char *to, char const *from, size_t n)
{
    size_t const len = strnlen(from, n);
    char  *const end = to + strlen(to);
    memcpy(end, from, len);
    end[len] = 0;
    return to;
}


size_t strlcpy(char *to, char const *from, size_t size)
{
    size_t const len = strlen(from);

    if (size) {
        size_t const n = len < size ? len : size - 1;
        memcpy(to, from, n);
        to[n] = 0;
    }
    return len;
}


size_t strlcat(char *to, char const *from, size_t size)
{
    size_t const len = strnlen(to, size);
    return len + strlcpy(to + len, from, size - len);
}


int strncmp(char const *a, char const *b, size_t n) { return compare(a, b, n, same); }
int strcmp (char const *a, char const *b)           { return compare(a, b, size_t(-1), same); }
int strcoll(char const *a, char const *b)           { return strcmp(a, b); }

int strncasecmp(char const *a, char const *b, size_t n) { return compare(a, b, n, tolower); }
int strcasecmp (char const *a, char const *b) { return compare(a, b, size_t(-1), tolower); }


size_t strxfrm(char *to, char const *from, size_t n) { return strlcpy(to, from, n); }


char *strchr(char const *s, int c)
{
    for (; *s != char(c); s++)
        if (!*s)
            return nullptr;

    return const_cast<char *>(s);
}


char *strrchr(char const *s, int c)
{
    return static_cast<char *>(memrchr(s, c, strlen(s) + 1));
}


char *strstr(char const *s, char const *what)
{
    return static_cast<char *>(memmem(s, strlen(s), what, strlen(what)));
}


size_t strspn(char const *s, char const *set)
{
    Char_set const wanted(set);

    size_t n = 0;
    while (wanted.member[byte(s[n])])
        n++;
    return n;
}


size_t strcspn(char const *s, char const *set)
{
    Char_set const unwanted(set);

    size_t n = 0;
    while (s[n] && !unwanted.member[byte(s[n])])
        n++;
    return n;
}


char *strpbrk(char const *s, char const *set)
{
    s += strcspn(s, set);
    return *s ? const_cast<char *>(s) : nullptr;
}


char *strtok_r(char *s, char const *separators, char **rest)
{
    char *const token = (s ? s : *rest) + strspn(s ? s : *rest, separators);

    *rest = token + strcspn(token, separators);

    if (*rest == token)
        return nullptr;

    if (**rest)
        *(*rest)++ = 0;

    return token;
}


char *strtok(char *s, char const *separators)
{
    static char *rest;
    return strtok_r(s, separators, &rest);
}
