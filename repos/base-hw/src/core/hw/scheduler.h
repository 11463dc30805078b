/*
 * Which thread runs next
 */

#pragma once

#include <thread.h>

namespace Hw {

    class Scheduler;

    /*
     * Statistics for those who look at the machine from outside, see doc/kernel.md
     */
    struct Idle_state
    {
        uint64_t magic;
        uint64_t idle;           /* 1 while no thread is ready */
        uint64_t idle_us;        /* total time spent idle, without the current period */
        uint64_t idle_periods;
        uint64_t updated_us;     /* time of the last change */
    };
}

extern "C" Hw::Idle_state kernel_idle_state;


/*
 * Ready threads take turns, each for one slice of time
 *
 * A thread that calls another one hands over the rest of its slice, so a
 * request needs no turn of its own.
 */
class Hw::Scheduler
{
    private:

        static constexpr uint64_t SLICE_US = 10'000;

        static void _expire_deadlines(uint64_t now);
        static void _select(uint64_t now);
        static void _program_timer();
        static void _switch_to(Thread &);

    public:

        /* to be called by 'Thread' on changes of its state */
        static void add(Thread &);
        static void remove(Thread &);
        static void add_waiting(Thread &);
        static void remove_waiting(Thread &);

        /* prefer a ready thread for the rest of the current slice */
        static void hand_over(Thread &);

        /* thread that entered the kernel */
        static Thread &current();

        /* drop all knowledge of a thread that is about to vanish */
        static void forget(Thread &);

        /* leave the kernel */
        [[noreturn]] static void leave();

        /* the timer interrupt occurred */
        static void timer_fired();
};
