/*
 * Use of the Timer service
 */

#pragma once

#include <base/connection.h>
#include <timer/protocol.h>

namespace Timer { class Connection; }


class Timer::Connection : public Genode::Connection
{
    private:

        template <typename OP>
        void _request(Genode::uint64_t us)
        {
            (void)Genode::Call(OP::OP).arg(typename OP::In { us }).to(cap());
        }

    public:

        explicit Connection(Genode::Env &env, Genode::Text label = "")
        : Genode::Connection(env, "Timer", label) { }

        /* block for the given time */
        void usleep(Genode::uint64_t us) { _request<Protocol::Sleep>(us); }
        void msleep(Genode::uint64_t ms) { usleep(ms*1000); }

        void sigh(Genode::Object const &handler)
        {
            (void)Genode::Call(Protocol::Sigh::OP).cap(handler.cap()).to(cap());
        }

        void trigger_once(Genode::uint64_t us)     { _request<Protocol::Trigger_once>(us); }
        void trigger_periodic(Genode::uint64_t us) { _request<Protocol::Trigger_periodic>(us); }

        Genode::uint64_t elapsed_us() const
        {
            Genode::Call call(Protocol::Now::OP);
            (void)call.to(cap());
            return call.result<Protocol::Now::Out>().us;
        }
};
