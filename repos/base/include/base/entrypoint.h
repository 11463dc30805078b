/*
 * The event loop of a component
 *
 * It delivers requests and notifications to the objects they are for, and
 * fires alarms. Everything in a component happens here, one after the other.
 */

#pragma once

#include <base/rpc.h>
#include <util/list.h>

namespace Genode {

    class Entrypoint;
    class Alarm;
    template <typename T> class Notification_handler;
}


class Genode::Entrypoint : Noncopyable
{
    private:

        friend class Alarm;

        List<Alarm> _alarms { };

        uint64_t _fire_due_alarms();

    public:

        /* handle the next event, blocks until there is one */
        void handle_one_event();

        [[noreturn]] void run();
};


/*
 * Call-back at a given time, once
 *
 * Times are microseconds as of 'Platform::now_us'.
 */
class Genode::Alarm : Noncopyable
{
    private:

        friend class Entrypoint;

        Entrypoint          &_ep;
        List<Alarm>::Element _elem { *this };
        uint64_t             _deadline_us = Platform::NEVER;

    public:

        explicit Alarm(Entrypoint &ep) : _ep(ep) { }

        /* (re-)schedule, a time in the past fires as soon as possible */
        void schedule(uint64_t deadline_us);

        void cancel();

        bool scheduled() const { return _deadline_us != Platform::NEVER; }

        virtual void fire() = 0;
};


/*
 * Object that calls a method whenever it is notified
 */
template <typename T>
class Genode::Notification_handler : public Object
{
    private:

        T    &_object;
        void (T::*_method)();

    public:

        Notification_handler(T &object, void (T::*method)())
        : _object(object), _method(method) { }

        void handle_notification() override { (_object.*_method)(); }
};
