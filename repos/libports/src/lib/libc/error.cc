/*
 * Errors in words
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>


char *strerror(int number)
{
    auto const text = [&] () -> char const * {
        switch (number) {
        case 0:            return "Success";
        case EPERM:        return "Operation not permitted";
        case ENOENT:       return "No such file or directory";
        case EINTR:        return "Interrupted";
        case EIO:          return "Input or output failed";
        case E2BIG:        return "Too many arguments";
        case EBADF:        return "Not an open file, or not for this use";
        case EAGAIN:       return "Not available now";
        case ENOMEM:       return "Out of memory";
        case EACCES:       return "Permission denied";
        case EFAULT:       return "Bad address";
        case EBUSY:        return "In use";
        case EEXIST:       return "Exists already";
        case ENODEV:       return "No such device";
        case ENOTDIR:      return "Not a directory";
        case EISDIR:       return "Is a directory";
        case EINVAL:       return "Invalid argument";
        case EMFILE:       return "Too many open files";
        case ENOTTY:       return "Not a terminal";
        case EFBIG:        return "File too large";
        case ENOSPC:       return "No space left";
        case ESPIPE:       return "No position in this stream";
        case EROFS:        return "Read-only file system";
        case EPIPE:        return "Nobody reads";
        case EDOM:         return "Argument out of the domain of the function";
        case ERANGE:       return "Result out of range";
        case ENAMETOOLONG: return "Name too long";
        case ENOSYS:       return "Function not available";
        case EILSEQ:       return "Invalid byte sequence";
        case EOVERFLOW:    return "Value too large for its type";
        case ENOTSUP:      return "Not supported";
        }
        return nullptr;
    }();

    if (text)
        return const_cast<char *>(text);

    static char unknown[32];
    snprintf(unknown, sizeof(unknown), "Unknown error %d", number);
    return unknown;
}


void perror(char const *prefix)
{
    char const *const text = strerror(errno);

    if (prefix && *prefix)
        fprintf(stderr, "%s: %s\n", prefix, text);
    else
        fprintf(stderr, "%s\n", text);
}
