/*
 * Abuse of the kernel interface
 *
 * The component starts copies of itself, one after the other. A copy asks its
 * parent for its role and misbehaves accordingly. The kernel has to stop the
 * copy, and nothing but the copy, and to give all of its memory back.
 */

#include <abuse.h>
#include <base/component.h>
#include <base/connection.h>
#include <base/log.h>
#include <util/string.h>

using namespace Abuse;

namespace Abuse { class Original; }


namespace {

    constexpr unsigned NUM_NOISY = 40;

    constexpr size_t   QUOTA      = 2*1024*1024;
    /* noisy copies put themselves to sleep at times, attempts have to fault */
    constexpr uint64_t NOISE_TIMEOUT_US = 200'000, ATTEMPT_TIMEOUT_US = 10'000'000;

    /*
     * Requests of copies to the original
     */
    struct Role
    {
        static constexpr uint32_t OP = 1000;

        struct Out { uint64_t number; };
    };

    struct Done { static constexpr uint32_t OP = 1001; };

    [[noreturn]] void misbehave(uint64_t role)
    {
        if (role < num_cases)
            cases[role].attempt();
        else
            make_noise(role);

        Call call(Done::OP);
        (void)call.to(Cap::PARENT);
        Platform::halt();
    }
}


class Abuse::Original : Genode::Object, Alarm
{
    private:

        using Pd_status = Protocol::Pd::Status;

        Env &_env;

        Connection _ld { _env, "ROM", "ld.lib.so" };
        Cap  const _ld_ds;

        Notification_handler<Original> _fault_handler { *this, &Original::_faulted };

        uint64_t _role = 0;
        unsigned _num_wrong = 0;

        Session _pd { Cap::INVALID, 0 };

        uint64_t _ram_before = 0;

        static Cap _dataspace(Cap rom)
        {
            Call call(Protocol::Rom::Dataspace::OP);
            return ok(call.to(rom)) ? call.cap(0) : Cap::INVALID;
        }

        static Pd_status::Out _status(Cap pd)
        {
            Call call(Pd_status::OP);
            return ok(call.to(pd)) ? call.result<Pd_status::Out>() : Pd_status::Out { };
        }

        void _wrong(auto const &... args)
        {
            error("copy ", _role, ": ", args...);
            _num_wrong++;
        }

        Result _start_copy()
        {
            auto const opened = _env.parent().open("PD", String<32>("copy ", _role));
            if (!opened.ok())
                return opened.error_or(Result::DENIED);

            _pd = opened.value_or(Session { Cap::INVALID, 0 });

            Call transfer(Protocol::Pd::Transfer::OP);
            transfer.arg(Protocol::Pd::Transfer::In { .bytes = QUOTA }).cap(_pd.cap);

            Result const transferred = transfer.to(Cap::PD);
            if (!ok(transferred))
                return transferred;

            Call start(Protocol::Pd::Start::OP);
            start.cap(_ld_ds).cap(Cap::PROGRAM).cap(cap()).cap(_fault_handler.cap());
            return start.to(_pd.cap);
        }

        void _next()
        {
            if (_role == num_cases + NUM_NOISY)
                return _finish();

            Result const started = _start_copy();
            if (!ok(started)) {
                _wrong("start failed, ", name(started));
                return _finish();
            }

            schedule(Platform::now_us() + (_role < num_cases ? ATTEMPT_TIMEOUT_US
                                                             : NOISE_TIMEOUT_US));
        }

        void _end_copy()
        {
            cancel();
            _env.parent().close(_pd);
            _role++;
            _next();
        }

        void _faulted()
        {
            Pd_status::Out const status = _status(_pd.cap);

            /* a notification may arrive late */
            if (status.state != Pd_status::FAULTED)
                return;

            auto const kind = Protocol::Pd::Fault_kind(status.fault_kind);

            if (_role < num_cases) {
                log(cases[_role].name, ": ", Protocol::Pd::name(kind));
                if (kind != cases[_role].fault)
                    _wrong("expected ", Protocol::Pd::name(cases[_role].fault));
            }
            _end_copy();
        }

        /* time-out */
        void fire() override
        {
            if (_role < num_cases)
                _wrong(cases[_role].name, " had no effect");

            _end_copy();
        }

        void _finish()
        {
            uint64_t const ram = _env.ram_avail();

            if (ram != _ram_before)
                _wrong("RAM is lost, ", _ram_before, " -> ", ram);

            if (_num_wrong)
                error(_num_wrong, " unexpected outcomes");
            else
                log("Test done.");
        }

    public:

        explicit Original(Env &env)
        : Alarm(env.ep()), _env(env), _ld_ds(_dataspace(_ld.cap()))
        {
            /* the LOG session and the first copy let the component's tables grow for good */
            log("starting with ", num_cases, " attempts and ", NUM_NOISY, " noisy copies");

            _role = num_cases;
            if (!ok(_start_copy()))
                _wrong("first start failed");
            _env.parent().close(_pd);
            _role = 0;

            _ram_before = _env.ram_avail();
            _next();
        }

        void handle_request(Request &request) override
        {
            switch (request.opcode()) {

            case Role::OP:
                request.reply(Role::Out { _role });
                return;

            case Done::OP:
                if (_role < num_cases)
                    _wrong(cases[_role].name, " had no effect");
                request.reply(Result::OK);
                _end_copy();
                return;
            }
            request.reply(Result::UNKNOWN_OPCODE);
        }
};


void Component::construct(Env &env)
{
    Call role(Role::OP);

    if (ok(role.to(Cap::PARENT)))
        misbehave(role.result<Role::Out>().number);

    static Original original(env);
}
