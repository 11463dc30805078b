/*
 * C library: unpredictable numbers
 */

#pragma once

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2

/*
 * From the processor's own source of randomness
 *
 * Fails with ENOSYS if the processor has none, as is the case for those that
 * QEMU emulates unless told otherwise.
 */
ssize_t getrandom(void *, size_t, unsigned flags);

/* the same, up to 256 bytes: 0 or -1 */
int getentropy(void *, size_t);

#ifdef __cplusplus
}
#endif
