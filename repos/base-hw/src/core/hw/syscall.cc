/*
 * Dispatch of system calls, exceptions, and interrupts
 */

#include <hw/syscall.h>
#include <interrupt.h>
#include <pd.h>
#include <scheduler.h>
#include <timer.h>

using namespace Hw;

using Genode::Platform::Attach_flags;

extern "C" {
    [[noreturn]] void kernel_enter(Context &);
    [[noreturn]] void kernel_wake(uint64_t vector);
}

namespace {

    /* the register conventions, see 'hw/syscall.h' */
    uint64_t arg_1(Context const &c) { return c.rdi; }
    uint64_t arg_2(Context const &c) { return c.rsi; }
    uint64_t arg_3(Context const &c) { return c.rdx; }
    uint64_t arg_4(Context const &c) { return c.r10; }
    uint64_t arg_5(Context const &c) { return c.r8; }

    void result(Context &c, Result r, uint64_t v = 0, uint64_t w = 0) {
        c.rax = uint64_t(r), c.rdx = v, c.r8 = w; }

    /* wider values must not be mistaken for a capability that exists */
    Cap cap_arg(uint64_t value) {
        return value <= ~uint32_t(0) ? Cap(uint32_t(value)) : Cap::INVALID; }

    Dataspace *dataspace_arg(Pd &pd, uint64_t value)
    {
        Object * const object = pd.caps.lookup(cap_arg(value));
        return object ? object->dataspace() : nullptr;
    }

    void ram_alloc(Pd &pd, Context &c)
    {
        Dataspace::Created const created = Dataspace::create_ram(pd, arg_1(c));
        if (!ok(created.result))
            return result(c, created.result);

        Cap cap = Cap::INVALID;

        Result const inserted = pd.caps.insert(*created.ds, cap);
        if (!ok(inserted))
            created.ds->revoke();

        result(c, inserted, uint64_t(cap));
    }

    void ram_free(Pd &pd, Context const &c)
    {
        Dataspace * const ds = dataspace_arg(pd, arg_1(c));

        if (!ds || ds->owner() != &pd)
            return;

        ds->revoke();
        pd.caps.remove(cap_arg(arg_1(c)));
    }

    void attach(Pd &pd, Context &c)
    {
        Dataspace * const ds    = dataspace_arg(pd, arg_1(c));
        uint64_t    const flags = arg_2(c);

        if (!ds)
            return result(c, Result::INVALID_CAP);

        bool const write   = flags & Attach_flags::WRITEABLE,
                   execute = flags & Attach_flags::EXECUTABLE;

        if (write && execute)
            return result(c, Result::BAD_ARGUMENT);

        Range range { arg_5(c), 0 };

        Result const attached = pd.space.attach(*ds, write   ? Rights::WRITE   :
                                                     execute ? Rights::EXECUTE : Rights::READ,
                                                arg_3(c), arg_4(c), range);

        result(c, attached, ok(attached) ? range.begin : 0, ok(attached) ? range.size() : 0);
    }

    void debug(Pd &pd, Context const &c)
    {
        static constinit char text[MAX_DEBUG] { };

        size_t const length = min(arg_2(c), uint64_t(MAX_DEBUG));

        Address_space::Access const access = pd.space.copy_in(text, arg_1(c), length);
        if (access.ok)
            print(Text { text, length });
        else
            pd.fault(Fault_kind::PAGE_FAULT, access.fault, c.rip);
    }

    void object_create(Thread &thread, Context &c)
    {
        Cap cap = Cap::INVALID;

        Result const created = thread.object_create(arg_1(c), cap);
        result(c, created, uint64_t(cap));
    }

    void system_call(Thread &thread, Context &c)
    {
        Pd &pd = thread.pd;

        switch (Syscall(c.rax)) {
        case Syscall::OBJECT_CREATE:  return object_create(thread, c);
        case Syscall::OBJECT_DESTROY: return thread.object_destroy(cap_arg(arg_1(c)));
        case Syscall::CAP_DROP:       return pd.caps.remove(cap_arg(arg_1(c)));
        case Syscall::CALL:           return thread.call(cap_arg(arg_1(c)), arg_2(c));
        case Syscall::WAIT:           return thread.wait(arg_1(c), arg_2(c));
        case Syscall::REPLY:          return thread.reply(arg_1(c), arg_2(c));
        case Syscall::NOTIFY:         return thread.notify(cap_arg(arg_1(c)));
        case Syscall::RAM_ALLOC:      return ram_alloc(pd, c);
        case Syscall::RAM_FREE:       return ram_free(pd, c);
        case Syscall::ATTACH:         return attach(pd, c);
        case Syscall::DETACH:         return pd.space.detach(arg_1(c));
        case Syscall::NOW_US:         c.rax = Timer::now_us(); return;
        case Syscall::HALT:           return thread.park();
        case Syscall::DEBUG:          return debug(pd, c);
        }
        pd.fault(Fault_kind::ILLEGAL_INSTRUCTION, c.rip, c.rip);
    }

    void page_fault(Pd &pd, Context const &c, addr_t address)
    {
        enum Error : uint64_t { PRESENT = 1, WRITE = 2, RESERVED = 8, FETCH = 16 };

        Rights const access = c.error & FETCH ? Rights::EXECUTE
                            : c.error & WRITE ? Rights::WRITE : Rights::READ;

        /* a page that is there but must not be accessed that way never changes */
        if (!(c.error & (PRESENT | RESERVED)) && pd.space.resolve(address, access))
            return;

        pd.fault(Fault_kind::PAGE_FAULT, address, c.rip);
    }

    void exception(Pd &pd, Context const &c)
    {
        auto kind = [] (uint64_t vector) {
            switch (vector) {
            case Interrupt::DIVIDE:
            case Interrupt::FPU_ERROR:
            case Interrupt::SIMD_ERROR:     return Fault_kind::ARITHMETIC;
            case Interrupt::DEBUG:
            case Interrupt::BREAKPOINT:     return Fault_kind::BREAKPOINT;
            case Interrupt::INVALID_OPCODE: return Fault_kind::ILLEGAL_INSTRUCTION;
            }
            return Fault_kind::PROTECTION;
        };

        pd.fault(kind(c.vector), c.rip, c.rip);
    }

    void interrupt(uint64_t vector)
    {
        if (vector == Interrupt::TIMER)
            Scheduler::timer_fired();

        /* whatever else comes must not block what has a lower priority */
        if (vector != Interrupt::SPURIOUS)
            Timer::acknowledge();
    }
}


/*
 * Entry from user mode, 'context' belongs to the current thread
 */
void kernel_enter(Context &context)
{
    Thread &thread = Scheduler::current();

    if (context.vector == Context::VECTOR_SYSCALL)
        system_call(thread, context);
    else if (context.vector == Interrupt::PAGE_FAULT)
        page_fault(thread.pd, context, read_cr2());
    else if (context.vector < Interrupt::NUM_EXCEPTIONS)
        exception(thread.pd, context);
    else
        interrupt(context.vector);

    Thread::handle_memory_faults();
    Scheduler::leave();
}


/*
 * End of idling
 */
void kernel_wake(uint64_t vector)
{
    interrupt(vector);
    Scheduler::leave();
}
