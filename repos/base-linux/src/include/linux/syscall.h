/*
 * The system calls that core and components use, without a C library
 *
 * Each function returns what the kernel returns: a negative error number, or
 * the result. Structures and constants are those of the Linux user ABI, as
 * described in the manual pages of the calls.
 */

#pragma once

#include <linux/arch.h>

namespace Linux {

    enum Error : long {
        ENOENT = 2, EINTR = 4, ENOMEM = 12, EACCES = 13, ENFILE = 23, EMFILE = 24, EPIPE = 32,
        ENOSYS = 38, ECONNRESET = 104, ENOBUFS = 105, ENOTCONN = 107, ETOOMANYREFS = 109,
        ECONNREFUSED = 111 };

    inline long as_long(void const *ptr) { return long(ptr); }

    /*
     * Files and memory
     */

    enum { O_RDONLY = 0, O_CLOEXEC = 02000000, AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000 };

    inline long close(int fd) { return syscall(SYS_CLOSE, fd); }

    inline long open(char const *path)
    {
        return syscall(SYS_OPENAT, AT_FDCWD, as_long(path), O_RDONLY | O_CLOEXEC);
    }

    inline long write(int fd, void const *data, size_t len)
    {
        return syscall(SYS_WRITE, fd, as_long(data), long(len));
    }

    struct Iovec { void const *base; size_t len; };

    inline long writev(int fd, Iovec const *parts, unsigned count)
    {
        return syscall(SYS_WRITEV, fd, as_long(parts), count);
    }

    inline long fstat(int fd, Stat &out) { return syscall(SYS_FSTAT, fd, as_long(&out)); }

    inline bool regular_file(Stat const &stat) { return (stat.mode & 0170000) == 0100000; }

    inline long memfd_create(char const *name)
    {
        enum { MFD_CLOEXEC = 1 };
        return syscall(SYS_MEMFD_CREATE, as_long(name), MFD_CLOEXEC);
    }

    inline long ftruncate(int fd, size_t size) { return syscall(SYS_FTRUNCATE, fd, long(size)); }

    enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4,
           MAP_SHARED = 1, MAP_FIXED_NOREPLACE = 0x100000 };

    inline long mmap(addr_t at, size_t size, int prot, int flags, int fd, size_t offset)
    {
        return syscall(SYS_MMAP, long(at), long(size), prot, flags, fd, long(offset));
    }

    inline long munmap(void *addr, size_t size)
    {
        return syscall(SYS_MUNMAP, as_long(addr), long(size));
    }

    inline long dup_to(int from, int to) { return syscall(SYS_DUP3, from, to, 0); }

    inline long dup_above(int fd, int lowest)
    {
        enum { F_DUPFD_CLOEXEC = 1030 };
        return syscall(SYS_FCNTL, fd, F_DUPFD_CLOEXEC, lowest);
    }

    inline long close_range(unsigned first) { return syscall(SYS_CLOSE_RANGE, first, ~0u, 0); }

    enum Resource { RLIMIT_STACK = 3, RLIMIT_NOFILE = 7 };

    /* limit the calling process, and those that it starts from now on */
    inline long limit(Resource resource, uint64_t max)
    {
        uint64_t const soft_and_hard[] { max, max };
        return syscall(SYS_PRLIMIT64, 0, resource, as_long(soft_and_hard), 0);
    }

    /*
     * Sockets
     */

    enum { MSG_CTRUNC = 0x8, MSG_PEEK = 0x2, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000,
           MSG_CMSG_CLOEXEC = 0x40000000, SOL_SOCKET = 1, SCM_RIGHTS = 1 };

    struct Msghdr
    {
        void     *name;
        uint32_t  name_len;
        Iovec    *iov;
        size_t    iov_len;
        void     *control;
        size_t    control_len;
        int       flags;
    };

    struct Cmsghdr { size_t len; int level, type; };

    /* pair of sockets that keep message boundaries and tell when the peer is gone */
    inline long socketpair(int (&out)[2])
    {
        enum { AF_UNIX = 1, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 02000000 };
        return syscall(SYS_SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, as_long(out));
    }

    inline long sendmsg(int fd, Msghdr const &msg, int flags)
    {
        return syscall(SYS_SENDMSG, fd, as_long(&msg), flags | MSG_NOSIGNAL);
    }

    inline long recvmsg(int fd, Msghdr &msg, int flags)
    {
        return syscall(SYS_RECVMSG, fd, as_long(&msg), flags | MSG_CMSG_CLOEXEC);
    }

    /* number that identifies a socket by whatever descriptor it is known, 0 for no socket */
    inline uint64_t socket_cookie(int fd)
    {
        enum { SO_COOKIE = 57 };
        uint64_t cookie = 0;
        uint32_t len    = sizeof(cookie);
        long const ret = syscall(SYS_GETSOCKOPT, fd, SOL_SOCKET, SO_COOKIE,
                                 as_long(&cookie), as_long(&len));
        return ret < 0 ? 0 : cookie;
    }

    /*
     * Events and time
     */

    enum { EPOLLIN = 1, EPOLLONESHOT = 1 << 30, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2 };

    struct Timespec { int64_t sec, nsec; };

    inline long epoll_create()
    {
        enum { EPOLL_CLOEXEC = 02000000 };
        return syscall(SYS_EPOLL_CREATE1, EPOLL_CLOEXEC);
    }

    inline long epoll_ctl(int epoll, int op, int fd, Epoll_event event)
    {
        return syscall(SYS_EPOLL_CTL, epoll, op, fd, as_long(&event));
    }

    inline long epoll_wait_one(int epoll, Epoll_event &event, Timespec const *timeout)
    {
        return syscall(SYS_EPOLL_PWAIT2, epoll, as_long(&event), 1, as_long(timeout), 0, 0);
    }

    inline uint64_t monotonic_us()
    {
        enum { CLOCK_MONOTONIC = 1 };
        Timespec now { };
        (void)syscall(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, as_long(&now));
        return uint64_t(now.sec)*1000*1000 + uint64_t(now.nsec)/1000;
    }

    /*
     * Processes and signals
     */

    enum Signal : int {
        SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11,
        SIGSYS = 31 };

    inline long fork()                     { return syscall(SYS_FORK); }
    inline long getpid()                   { return syscall(SYS_GETPID); }
    inline long getppid()                  { return syscall(SYS_GETPPID); }
    inline long kill(int pid, int signal)  { return syscall(SYS_KILL, pid, signal); }
    inline long pidfd_open(int pid)        { return syscall(SYS_PIDFD_OPEN, pid, 0); }
    inline long pause()                    { return syscall(SYS_PAUSE); }

    [[noreturn]] inline void exit(int status)
    {
        for (;;)
            syscall(SYS_EXIT_GROUP, status);
    }

    /* ask the kernel for a signal when the parent process ends */
    inline long die_with_parent()
    {
        enum { PR_SET_PDEATHSIG = 1 };
        return syscall(SYS_PRCTL, PR_SET_PDEATHSIG, SIGKILL);
    }

    inline long give_up_new_privileges()
    {
        enum { PR_SET_NO_NEW_PRIVS = 38 };
        return syscall(SYS_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    /* apply a packet-filter program to all further system calls of the process */
    inline long filter_syscalls(void const *program)
    {
        enum { PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER = 2 };
        return syscall(SYS_PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, as_long(program));
    }

    /* reap a child process, which may still be on its way out if 'block' is set */
    inline bool reap(int pid, bool block)
    {
        enum { P_PID = 1, WNOHANG = 1, WEXITED = 4 };
        struct { int data[32]; } siginfo { };
        long const ret = syscall(SYS_WAITID, P_PID, pid, as_long(&siginfo),
                                 WEXITED | (block ? 0 : WNOHANG), 0);

        /* without a child to reap, the kernel leaves the signal number at 0 */
        return ret == 0 && siginfo.data[0] != 0;
    }

    inline long exec_fd(int fd, char const *const *argv)
    {
        char const *const environment[] { nullptr };
        return syscall(SYS_EXECVEAT, fd, as_long(""), as_long(argv),
                       as_long(environment), AT_EMPTY_PATH);
    }

    struct Siginfo { int signal, error, code, pad; void *addr; };

    struct Sigaction
    {
        void   (*handler)(int, Siginfo *, void *);
        uint64_t flags;
        void   (*restorer)();
        uint64_t mask;
    };

    inline long sigaction(int signal, Sigaction const &action)
    {
        return syscall(SYS_SIGACTION, signal, as_long(&action), 0, sizeof(action.mask));
    }

    struct Sigstack { void *start; int flags; size_t size; };

    inline long sigaltstack(Sigstack const &stack)
    {
        return syscall(SYS_SIGALTSTACK, as_long(&stack), 0);
    }
}
