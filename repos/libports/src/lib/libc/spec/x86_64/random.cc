/*
 * Random numbers of the processor, by the instruction RDRAND
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

namespace {

    bool available()
    {
        uint32_t a = 1, b = 0, c = 0, d = 0;
        asm volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
        return c & (1u << 30);
    }

    /* the source may be exhausted for a moment, ten attempts are what its vendor recommends */
    bool next(uint64_t &out)
    {
        for (unsigned i = 0; i < 10; i++) {
            bool valid = false;
            asm volatile ("rdrand %0" : "=r" (out), "=@ccc" (valid));
            if (valid)
                return true;
        }
        return false;
    }
}


ssize_t getrandom(void *to, size_t len, unsigned)
{
    static bool const has_instruction = available();

    if (!has_instruction) {
        errno = ENOSYS;
        return -1;
    }

    char *at = static_cast<char *>(to);

    for (size_t left = len; left; ) {

        uint64_t value = 0;
        if (!next(value)) {
            errno = EAGAIN;
            return -1;
        }

        size_t const n = left < sizeof(value) ? left : sizeof(value);
        memcpy(at, &value, n);
        at   += n;
        left -= n;
    }
    return ssize_t(len);
}


int getentropy(void *to, size_t len)
{
    if (len > 256) {
        errno = EIO;
        return -1;
    }
    return getrandom(to, len, 0) < 0 ? -1 : 0;
}
