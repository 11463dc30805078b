/*
 * Which thread runs next
 */

#include <console.h>
#include <interrupt.h>
#include <pd.h>
#include <scheduler.h>
#include <timer.h>

using namespace Hw;

extern "C" {
    [[noreturn]] void kernel_leave(Context const &);
    [[noreturn]] void kernel_idle();
}

constinit Idle_state kernel_idle_state { .magic = 0x656c646977682121, .idle = 0, .idle_us = 0,
                                         .idle_periods = 0, .updated_us = 0 };

namespace {

    constexpr uint64_t NEVER = Genode::Platform::NEVER;

    constinit Genode::List<Thread> ready_threads   { };
    constinit Genode::List<Thread> waiting_threads { };

    constinit Thread *current_thread  = nullptr;   /* entered the kernel, nullptr: idle */
    constinit Thread *loaded_thread   = nullptr;   /* owner of FPU content and page tables */
    constinit Thread *preferred       = nullptr;
    constinit uint64_t slice_end      = 0;
    constinit uint64_t next_deadline  = NEVER;     /* no waiting thread has an earlier one */
    constinit uint64_t programmed     = NEVER;
}


void Scheduler::add(Thread &t) { ready_threads.append(t._schedule_link); }


void Scheduler::remove(Thread &t)
{
    ready_threads.remove(t._schedule_link);
    if (preferred == &t)
        preferred = nullptr;
}


void Scheduler::add_waiting(Thread &t)
{
    if (t._deadline == NEVER)
        return;

    waiting_threads.append(t._schedule_link);
    next_deadline = min(next_deadline, t._deadline);
}


void Scheduler::remove_waiting(Thread &t) { waiting_threads.remove(t._schedule_link); }

void Scheduler::hand_over(Thread &t) { preferred = &t; }

Thread &Scheduler::current() { return *current_thread; }


void Scheduler::timer_fired() { programmed = NEVER; }


void Scheduler::_expire_deadlines(uint64_t now)
{
    if (now < next_deadline)
        return;

    waiting_threads.for_each([&] (Thread &t) {
        if (t._deadline <= now)
            t.deadline_reached(); });

    next_deadline = NEVER;
    waiting_threads.for_each([&] (Thread &t) {
        next_deadline = min(next_deadline, t._deadline); });
}


void Scheduler::_select(uint64_t now)
{
    bool const expired = now >= slice_end;

    if (!expired && preferred) {
        current_thread = preferred;
        preferred = nullptr;
        return;
    }

    if (!expired && current_thread && current_thread->ready())
        return;

    if (current_thread && current_thread->ready()) {
        ready_threads.remove(current_thread->_schedule_link);
        ready_threads.append(current_thread->_schedule_link);
    }

    preferred      = nullptr;
    current_thread = ready_threads.first();
    slice_end      = now + SLICE_US;
}


void Scheduler::_program_timer()
{
    /* the slice matters only if somebody else wants to run */
    bool const alone = !ready_threads.find([] (Thread &t) { return &t != current_thread; });

    uint64_t const at = alone ? next_deadline : min(next_deadline, slice_end);

    if (at == programmed)
        return;

    if (at == NEVER)
        Timer::stop();
    else
        Timer::program(at);

    programmed = at;
}


void Scheduler::_switch_to(Thread &t)
{
    if (loaded_thread == &t)
        return;

    if (loaded_thread)
        loaded_thread->fpu.save();

    t.fpu.restore();
    t.pd.space.activate();
    Interrupt::save_to(t.context);
    loaded_thread = &t;
}


void Scheduler::forget(Thread &t)
{
    if (current_thread == &t)
        current_thread = nullptr;

    if (loaded_thread == &t) {
        loaded_thread = nullptr;
        Page_table::activate_kernel();
    }
}


void Scheduler::leave()
{
    uint64_t const now = Timer::now_us();

    _expire_deadlines(now);
    _select(now);
    _program_timer();

    if (current_thread) {
        if (kernel_idle_state.idle) {
            kernel_idle_state.idle     = 0;
            kernel_idle_state.idle_us += now - kernel_idle_state.updated_us;
            kernel_idle_state.updated_us = now;
        }
        _switch_to(*current_thread);
        kernel_leave(current_thread->context);
    }

    if (!kernel_idle_state.idle) {
        kernel_idle_state.idle = 1;
        kernel_idle_state.idle_periods++;
        kernel_idle_state.updated_us = now;
    }
    kernel_idle();
}
