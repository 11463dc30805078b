/*
 * System-call numbers and calling convention of Linux on x86_64
 */

#pragma once

#include <base/types.h>

namespace Linux {

    using namespace Genode;

    enum Syscall : long {
        SYS_WRITE          = 1,   SYS_CLOSE       = 3,   SYS_FSTAT      = 5,
        SYS_MMAP           = 9,   SYS_MUNMAP      = 11,  SYS_SIGACTION  = 13,
        SYS_WRITEV         = 20,  SYS_PAUSE       = 34,  SYS_GETPID     = 39,
        SYS_SENDMSG        = 46,  SYS_RECVMSG     = 47,  SYS_SOCKETPAIR = 53,
        SYS_GETSOCKOPT     = 55,  SYS_FORK        = 57,  SYS_KILL       = 62,
        SYS_FCNTL          = 72,  SYS_FTRUNCATE   = 77,  SYS_GETPPID    = 110,
        SYS_SIGALTSTACK    = 131, SYS_PRCTL       = 157, SYS_CLOCK_GETTIME = 228,
        SYS_EXIT_GROUP     = 231, SYS_EPOLL_CTL   = 233, SYS_WAITID     = 247,
        SYS_OPENAT         = 257, SYS_EPOLL_CREATE1 = 291, SYS_DUP3     = 292,
        SYS_PRLIMIT64      = 302, SYS_MEMFD_CREATE = 319, SYS_EXECVEAT  = 322,
        SYS_PIDFD_OPEN     = 434, SYS_CLOSE_RANGE = 436, SYS_EPOLL_PWAIT2 = 441,
    };

    /* names the ABI that the numbers belong to */
    static constexpr uint32_t AUDIT_ARCH = 0xc000003e;

    inline long syscall(long number, long a = 0, long b = 0, long c = 0,
                        long d = 0, long e = 0, long f = 0)
    {
        register long r10 asm("r10") = d;
        register long r8  asm("r8")  = e;
        register long r9  asm("r9")  = f;

        long result;
        asm volatile ("syscall"
                      : "=a" (result)
                      : "a" (number), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9)
                      : "rcx", "r11", "memory");
        return result;
    }

    /* the kernel packs this structure on x86_64 only */
    struct [[gnu::packed]] Epoll_event { uint32_t events; uint64_t data; };

    /* instruction pointer within the context passed to a signal handler */
    inline addr_t signal_ip(void const *ucontext)
    {
        static constexpr size_t RIP_OFFSET = 168;
        return *reinterpret_cast<addr_t const *>(static_cast<char const *>(ucontext) + RIP_OFFSET);
    }

    /* parts of 'struct stat' */
    struct Stat
    {
        uint64_t device, inode;      /* name the file, however it was opened */
        char     before_mode[8];
        uint32_t mode;
        char     before_size[20];
        int64_t  size;
        char     rest[88];
    };

    static_assert(__builtin_offsetof(Stat, size) == 48 && sizeof(Stat) == 144);
}
