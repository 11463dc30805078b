/*
 * Test of the Timer service
 *
 * What is checked holds on a machine of any speed and load: nothing happens
 * too early, and things happen in the order of their deadlines.
 */

#include <base/component.h>
#include <base/log.h>
#include <timer/connection.h>

using namespace Genode;

namespace Test { struct Main; }


struct Test::Main
{
    Env &env;

    Timer::Connection first { env, "first" }, second { env, "second" };

    uint64_t trigger_time = 0;
    unsigned num_ticks    = 0;

    Notification_handler<Main> first_handler    { *this, &Main::handle_first };
    Notification_handler<Main> second_handler   { *this, &Main::handle_second };
    Notification_handler<Main> periodic_handler { *this, &Main::handle_tick };

    void check(char const *what, bool holds)
    {
        log(what, ": ", holds ? "ok" : "FAILED");

        if (!holds)
            env.parent().exit(1);
    }

    void test_sleep(uint64_t us)
    {
        uint64_t const before = first.elapsed_us();
        first.usleep(us);
        uint64_t const after = first.elapsed_us();

        check(String<64>("sleep for ", us, " us is not too short").c_str(), after >= before + us);
    }

    void test_order()
    {
        trigger_time = first.elapsed_us();

        first.sigh(first_handler);
        second.sigh(second_handler);

        first.trigger_once(200*1000);
        second.trigger_once(50*1000);
    }

    void handle_second()
    {
        check("the shorter one-shot trigger came after 50 ms",
              second.elapsed_us() >= trigger_time + 50*1000);
    }

    void handle_first()
    {
        check("the longer one-shot trigger came after 200 ms",
              first.elapsed_us() >= trigger_time + 200*1000);

        trigger_time = second.elapsed_us();
        second.sigh(periodic_handler);
        second.trigger_periodic(20*1000);
    }

    void handle_tick()
    {
        if (++num_ticks < 5)
            return;

        check("five ticks of 20 ms took 100 ms at least",
              second.elapsed_us() >= trigger_time + 100*1000);

        second.trigger_periodic(0);
        log("Test done.");
        env.parent().exit(0);
    }

    explicit Main(Env &env) : env(env)
    {
        test_sleep(0);
        test_sleep(1);
        test_sleep(150*1000);
        test_order();
    }
};


void Component::construct(Env &env) { static Test::Main main(env); }
