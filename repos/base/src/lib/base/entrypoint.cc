/*
 * Event loop
 */

#include <base/entrypoint.h>

using namespace Genode;


/* fire what is due, return when to look again */
uint64_t Entrypoint::_fire_due_alarms()
{
    if (_alarms.empty())
        return Platform::NEVER;

    uint64_t const now = Platform::now_us();

    /*
     * One at a time: an alarm may schedule, cancel, or destroy others when it
     * fires. One that schedules itself for a time not later than 'now' waits
     * for the next round, so that other events get their turn.
     */
    Alarm *due = nullptr;
    uint64_t next = Platform::NEVER;

    _alarms.for_each([&] (Alarm &alarm) {
        if (alarm._deadline_us <= now && (!due || alarm._deadline_us < due->_deadline_us))
            due = &alarm;
        next = min(next, alarm._deadline_us); });

    if (!due)
        return next;

    due->cancel();
    due->fire();

    /* there may be more that is due, so the next wait is a mere poll */
    return 0;
}


void Entrypoint::handle_one_event()
{
    Message msg;

    Platform::Event const event = Platform::wait(msg, _fire_due_alarms());

    if (event.kind == Platform::Event::Kind::DEADLINE)
        return;

    Object &object = *reinterpret_cast<Object *>(event.badge);

    if (event.kind == Platform::Event::Kind::NOTIFICATION) {
        object.handle_notification();
        return;
    }

    Request request(msg, event.token);
    object.handle_request(request);
}


void Entrypoint::run()
{
    for (;;)
        handle_one_event();
}


void Alarm::schedule(uint64_t deadline_us)
{
    cancel();
    _deadline_us = min(deadline_us, Platform::NEVER - 1);
    _ep._alarms.append(_elem);
}


void Alarm::cancel()
{
    _ep._alarms.remove(_elem);
    _deadline_us = Platform::NEVER;
}
