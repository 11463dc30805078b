/*
 * Timer: time as a service
 *
 * The kernel lets a component wait for an event until a deadline. Here, this is
 * shared among any number of clients.
 */

#include <base/component.h>
#include <base/service.h>
#include <timer/protocol.h>

using namespace Genode;

namespace Timer {

    class  Session;
    struct Main;
}


class Timer::Session : public Object
{
    private:

        /* alarm that calls a method of the session */
        struct Session_alarm : Alarm
        {
            Session &session;
            void (Session::*const method)();

            Session_alarm(Entrypoint &ep, Session &session, void (Session::*method)())
            : Alarm(ep), session(session), method(method) { }

            void fire() override { (session.*method)(); }
        };

        Session_alarm _sleep_alarm, _trigger_alarm;

        Platform::Token _sleeper  = Platform::Token::NONE;
        Cap             _sigh     = Cap::INVALID;
        uint64_t        _deadline = 0;
        uint64_t        _period   = 0;   /* 0 for a single trigger */

        static uint64_t _after(uint64_t us)
        {
            uint64_t sum = 0;
            return __builtin_add_overflow(Platform::now_us(), us, &sum) ? Platform::NEVER : sum;
        }

        void _wake_up(Result result)
        {
            if (_sleeper != Platform::Token::NONE)
                Request::answer(_sleeper, result);

            _sleeper = Platform::Token::NONE;
        }

        void _handle_sleep_over() { _wake_up(Result::OK); }

        void _handle_trigger()
        {
            Platform::notify(_sigh);

            if (!_period)
                return;

            /* periods follow one another without drift, missed ones are skipped */
            uint64_t const now = Platform::now_us();
            _deadline += _period*((now - _deadline)/_period + 1);
            _trigger_alarm.schedule(_deadline);
        }

        void _sleep(Request &request, uint64_t us)
        {
            if (_sleeper != Platform::Token::NONE)
                return request.reply(Result::BAD_STATE);

            _sleeper = request.defer();
            _sleep_alarm.schedule(_after(us));
        }

        void _trigger(Request &request, uint64_t us, uint64_t period)
        {
            _period   = period;
            _deadline = _after(us);

            if (us)
                _trigger_alarm.schedule(_deadline);
            else
                _trigger_alarm.cancel();

            request.reply(Result::OK);
        }

        template <typename IN>
        static void _with_us(Request &request, auto const &fn)
        {
            request.arg<IN>().with([&] (IN in)        { fn(in.us); },
                                   [&] (Result error) { request.reply(error); });
        }

    public:

        Session(Env &env, Label const &)
        :
            _sleep_alarm  (env.ep(), *this, &Session::_handle_sleep_over),
            _trigger_alarm(env.ep(), *this, &Session::_handle_trigger)
        { }

        ~Session()
        {
            _sleep_alarm.cancel();
            _trigger_alarm.cancel();
            _wake_up(Result::DEAD);
            Platform::cap_drop(_sigh);
        }

        void handle_request(Request &request) override
        {
            switch (request.opcode()) {

            case Protocol::Sleep::OP:
                return _with_us<Protocol::Sleep::In>(request, [&] (uint64_t us) {
                    _sleep(request, us); });

            case Protocol::Trigger_once::OP:
                return _with_us<Protocol::Trigger_once::In>(request, [&] (uint64_t us) {
                    _trigger(request, us, 0); });

            case Protocol::Trigger_periodic::OP:
                return _with_us<Protocol::Trigger_periodic::In>(request, [&] (uint64_t us) {
                    _trigger(request, us, us); });

            case Protocol::Sigh::OP:
                Platform::cap_drop(_sigh);
                _sigh = request.take_cap(0);
                return request.reply(Result::OK);

            case Protocol::Now::OP:
                return request.reply(Protocol::Now::Out { Platform::now_us() });
            }
            request.reply(Result::UNKNOWN_OPCODE);
        }
};


struct Timer::Main
{
    Service<Session> service;

    explicit Main(Env &env) : service(env, "Timer") { }
};


void Component::construct(Env &env) { static Timer::Main main(env); }
