/*
 * C library: numbers of errors
 *
 * A component has one thread, so there is one variable.
 */

#pragma once

#ifdef __cplusplus
extern "C" {
#endif

extern int errno;

#ifdef __cplusplus
}
#endif

#define errno errno

enum {
    EPERM  = 1,  ENOENT  = 2,  EINTR  = 4,  EIO     = 5,  E2BIG    = 7,  EBADF  = 9,
    EAGAIN = 11, ENOMEM  = 12, EACCES = 13, EFAULT  = 14, EBUSY    = 16, EEXIST = 17,
    ENODEV = 19, ENOTDIR = 20, EISDIR = 21, EINVAL  = 22, EMFILE   = 24, ENOTTY = 25,
    EFBIG  = 27, ENOSPC  = 28, ESPIPE = 29, EROFS   = 30, EPIPE    = 32, EDOM   = 33,
    ERANGE = 34, ENAMETOOLONG = 36, ENOSYS = 38, EILSEQ = 84, EOVERFLOW = 75, ENOTSUP = 95
};

/* some ask whether a number is defined */
#define EPERM        EPERM
#define ENOENT       ENOENT
#define EINTR        EINTR
#define EIO          EIO
#define E2BIG        E2BIG
#define EBADF        EBADF
#define EAGAIN       EAGAIN
#define ENOMEM       ENOMEM
#define EACCES       EACCES
#define EFAULT       EFAULT
#define EBUSY        EBUSY
#define EEXIST       EEXIST
#define ENODEV       ENODEV
#define ENOTDIR      ENOTDIR
#define EISDIR       EISDIR
#define EINVAL       EINVAL
#define EMFILE       EMFILE
#define ENOTTY       ENOTTY
#define EFBIG        EFBIG
#define ENOSPC       ENOSPC
#define ESPIPE       ESPIPE
#define EROFS        EROFS
#define EPIPE        EPIPE
#define EDOM         EDOM
#define ERANGE       ERANGE
#define ENAMETOOLONG ENAMETOOLONG
#define ENOSYS       ENOSYS
#define EILSEQ       EILSEQ
#define EOVERFLOW    EOVERFLOW
#define ENOTSUP      ENOTSUP
