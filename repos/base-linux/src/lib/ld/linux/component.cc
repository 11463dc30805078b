/*
 * The part of the platform layer that concerns components only, not core:
 * RAM with a quota, exceptions, the end of life
 */

#include <base/rpc.h>
#include <linux/platform.h>
#include <linux/syscall.h>
#include <sandbox.h>

using namespace Genode;
using namespace Linux;

namespace {

    /* core's name of each RAM dataspace plus one, by its file descriptor */
    uint32_t ram_ids[MAX_FDS];

    using Kind = Protocol::Pd::Fault_kind;

    Kind fault_kind(int signal, int code)
    {
        /* set by the kernel for exceptions without an address of their own */
        constexpr int SI_KERNEL = 0x80;

        switch (signal) {
        case SIGSEGV: return code == SI_KERNEL ? Kind::PROTECTION : Kind::PAGE_FAULT;
        case SIGBUS:  return Kind::PAGE_FAULT;
        case SIGSYS:  return Kind::ILLEGAL_INSTRUCTION;   /* see sandbox.cc */
        case SIGILL:  return Kind::ILLEGAL_INSTRUCTION;
        case SIGFPE:  return Kind::ARITHMETIC;
        case SIGTRAP: return Kind::BREAKPOINT;
        default:      return Kind::KILLED;
        }
    }

    /*
     * Core kills the process in response, so this function does not return.
     * The halt is for the case that core is about to end itself.
     */
    [[noreturn]] void report_fault(int signal, Siginfo *info, void *ucontext)
    {
        addr_t const ip   = signal_ip(ucontext);
        Kind   const kind = fault_kind(signal, info->code);

        Linux::Pd::Fault::In const in {
            .addr = kind == Kind::PAGE_FAULT ? reinterpret_cast<addr_t>(info->addr) : ip,
            .ip   = ip,
            .kind = kind };

        (void)Call(Linux::Pd::Fault::OP).arg(in).to(Cap::PD);

        Platform::halt();
    }

    void never_returned_to() { __builtin_trap(); }
}


void Platform::init()
{
    enum : uint64_t { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000 };

    /* the stack may be what the exception is about */
    alignas(16) static char stack[32*1024];

    (void)sigaltstack({ .start = stack, .flags = 0, .size = sizeof(stack) });

    constexpr int signals[] { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };

    for (int signal : signals)
        (void)sigaction(signal, { .handler  = report_fault,
                                  .flags    = SA_SIGINFO | SA_RESTORER | SA_ONSTACK,
                                  .restorer = never_returned_to,
                                  .mask     = 0 });

    static constexpr char warning[] = "Warning: this host does not confine components\n";

    if (!enter_sandbox())
        debug(warning, sizeof(warning) - 1);
}


Result Platform::ram_alloc(size_t bytes, Cap &out)
{
    Call call(Linux::Pd::Ram_alloc::OP);

    Result const result = call.arg(Linux::Pd::Ram_alloc::In { bytes }).to(Cap::PD);

    if (ok(result)) {
        out = call.cap(0);
        ram_ids[fd(out)] = call.result<Linux::Pd::Ram_alloc::Out>().id + 1;
    }
    return result;
}


void Platform::ram_free(Cap ds)
{
    if (fd(ds) < 0 || fd(ds) >= MAX_FDS || !ram_ids[fd(ds)])
        return;

    (void)Call(Linux::Pd::Ram_free::OP)
             .arg(Linux::Pd::Ram_free::In { ram_ids[fd(ds)] - 1 }).to(Cap::PD);

    ram_ids[fd(ds)] = 0;
    (void)close(fd(ds));
}


/* the file is there as long as anybody has it open, only core knows whether it should be */
bool Linux::dataspace_alive(Cap ds)
{
    return ok(Call(Linux::Pd::Check_dataspace::OP).cap(ds).to(Cap::PD));
}


void Platform::halt()
{
    for (;;)
        pause();
}


void Platform::debug(char const *text, size_t len)
{
    enum { STDERR = 2 };
    (void)write(STDERR, text, len);
}
