/*
 * Objects, notifications, and waiting
 */

#include <checks.h>

using namespace Test;

namespace {

    using Kind = Platform::Event::Kind;

    /* the next event, if there is one already */
    Platform::Event poll()
    {
        static Message msg;
        return Platform::wait(msg, 0);
    }

    Cap object(uint64_t badge)
    {
        Cap cap = Cap::INVALID;
        (void)Platform::object_create(badge, cap);
        return cap;
    }
}


void Test::check_events()
{
    title("events");

    show("nothing is pending at first", poll().kind == Kind::DEADLINE);

    uint64_t const start = Platform::now_us();
    Message msg;
    bool const deadline = Platform::wait(msg, start + 30*1000).kind == Kind::DEADLINE;
    show("waiting ends at the deadline", deadline);
    show("waiting ends not before the deadline", Platform::now_us() >= start + 30*1000);

    Cap const a = object(1), b = object(2);

    Platform::notify(a);
    Platform::notify(a);
    Platform::notify(a);
    Platform::notify(b);

    uint64_t badges = 0, events = 0;
    for (Platform::Event e = poll(); e.kind == Kind::NOTIFICATION; e = poll()) {
        badges |= e.badge;
        events++;
    }
    show("notifications of both objects arrive", badges == 3);
    show("several notifications of one object are one", events == 2);

    Platform::notify(a);
    show("a delivered object can be notified again",
         poll().kind == Kind::NOTIFICATION && poll().kind == Kind::DEADLINE);

    Platform::notify(a);
    Platform::object_destroy(a);
    show("a destroyed object's notification vanishes", poll().kind == Kind::DEADLINE);

    Platform::notify(a);
    Platform::notify(Cap::INVALID);
    Platform::notify(Cap(12345));
    show("notifying nothing has no effect", poll().kind == Kind::DEADLINE);

    Cap caps[256];
    unsigned created = 0;
    for (Cap &cap : caps)
        created += ok(Platform::object_create(7, cap));
    for (Cap cap : caps)
        Platform::object_destroy(cap);
    show("256 objects are possible", created == 256);

    show("badges are 64 bit wide", [] {
        Cap const wide = object(~0ull);
        Platform::notify(wide);
        bool const result = poll().badge == ~0ull;
        Platform::object_destroy(wide);
        return result; }());

    Platform::object_destroy(b);
}
