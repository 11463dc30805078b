/*
 * Confinement of a component to its capabilities
 *
 * All components run as the same user of the host. So without further ado, one
 * could open files or kill the others. A filter reduces the system calls to
 * those that the platform layer itself makes. Any other one is
 * an exception of the component, like an undefined instruction.
 *
 * The filter is a program for the kernel's packet filter, see 'seccomp(2)' and
 * 'Documentation/userspace-api/seccomp_filter.rst' of the Linux kernel.
 */

#include <linux/syscall.h>
#include <sandbox.h>

using namespace Linux;

namespace {

    constexpr Syscall permitted[] {
        SYS_SENDMSG, SYS_RECVMSG, SYS_SOCKETPAIR, SYS_CLOSE, SYS_EPOLL_PWAIT2, SYS_EPOLL_CTL,
        SYS_EPOLL_CREATE1, SYS_CLOCK_GETTIME, SYS_MMAP, SYS_MUNMAP, SYS_FSTAT, SYS_WRITE,
        SYS_PAUSE, SYS_EXIT_GROUP };

    constexpr unsigned COUNT = sizeof(permitted)/sizeof(permitted[0]);

    struct Instruction { uint16_t code; uint8_t if_true, if_false; uint32_t value; };

    enum : uint16_t { LOAD = 0x20, JUMP_IF_EQUAL = 0x15, RETURN = 0x06 };

    enum : uint32_t { KILL = 0x80000000, TRAP = 0x00030000, ALLOW = 0x7fff0000 };

    /* offsets within the data that the program examines */
    enum : uint32_t { NUMBER = 0, ARCHITECTURE = 4 };

    struct Program
    {
        static constexpr unsigned HEAD = 4, LENGTH = HEAD + COUNT + 2;

        Instruction code[LENGTH] {
            { LOAD,          0, 0, ARCHITECTURE },
            { JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH },   /* other ABIs have other numbers */
            { RETURN,        0, 0, KILL },
            { LOAD,          0, 0, NUMBER },
        };

        constexpr Program()
        {
            for (unsigned i = 0; i < COUNT; i++)
                code[HEAD + i] = { JUMP_IF_EQUAL, uint8_t(COUNT - i), 0, uint32_t(permitted[i]) };

            code[HEAD + COUNT]     = { RETURN, 0, 0, TRAP };
            code[HEAD + COUNT + 1] = { RETURN, 0, 0, ALLOW };
        }
    };
}


bool Linux::enter_sandbox()
{
    static constexpr Program program;

    struct { uint16_t length; Instruction const *code; } const filter {
        Program::LENGTH, program.code };

    /* no way to regain rights by executing a file, which the kernel insists on */
    return give_up_new_privileges() == 0 && filter_syscalls(&filter) == 0;
}
