/*
 * Test of the kernel interface: what its parts have in common
 *
 * The component starts copies of itself, which play the other side. A copy
 * asks its parent for its role, plays it, and reports values to the parent.
 * The original goes through the tests one after the other. It bypasses the
 * event loop of the base library, since each test knows what has to happen next.
 */

#pragma once

#include <base/component.h>
#include <base/connection.h>
#include <base/log.h>
#include <base/protocol.h>

namespace Test {

    using namespace Genode;

    class Original;
    class Copy;

    enum class Role : uint64_t {
        EXCHANGE,       /* send a full message, check a full reply, report the number of errors */
        DEFERRED,       /* send DEFER, report the value of the reply */
        SERVER,         /* report an object, act upon requests to it */
        CLIENT,         /* call the given object, report the result, then once more */
        HOG,            /* compute in shared memory until told to stop, report errors */
        OWNER,          /* report a dataspace, free it, report again */
        SLEEPER,        /* do nothing */
    };

    /*
     * Requests of copies to the original
     */
    struct Get_role
    {
        static constexpr uint32_t OP = 1;

        /* cap[0] = object or dataspace needed for the role */
        struct Out { Role role; uint64_t number; };
    };

    struct Report
    {
        static constexpr uint32_t OP = 2;

        struct In { uint64_t value; };   /* cap[0] = optional */
    };

    struct Exchange { static constexpr uint32_t OP = 3; };

    struct Defer
    {
        static constexpr uint32_t OP = 4;

        struct Out { uint64_t value; };
    };

    /* requests to the object of a SERVER */
    struct Server { enum Op : uint32_t { FAULT = 1, DESTROY_OBJECT, DESTROY_WITH_QUEUE, IGNORE }; };

    /* content of a message that depends on the place and on a number */
    inline char pattern(size_t i, unsigned number) { return char(i*7 + number*31 + i/256); }

    inline void fill(Message &msg, unsigned number)
    {
        msg.num_bytes = Message::MAX_BYTES;
        for (size_t i = 0; i < Message::MAX_BYTES; i++)
            msg.bytes[i] = pattern(i, number);
    }

    inline unsigned count_errors(Message const &msg, unsigned number)
    {
        unsigned errors = (msg.num_bytes != Message::MAX_BYTES);
        for (size_t i = 0; i < Message::MAX_BYTES; i++)
            errors += (msg.bytes[i] != pattern(i, number));
        return errors;
    }

    /* memory shared by the original and its hogs */
    struct Hog_memory
    {
        uint32_t volatile stop;
        uint64_t volatile progress[2];
    };

    void play(Role, uint64_t number, Cap arg);

    /* the parts of the test */
    void test_time(Original &);
    void test_notifications(Original &);
    void test_capabilities(Original &);
    void test_exhaustion(Original &);
    void test_dataspaces(Original &);
    void test_exchange(Original &);
    void test_deferred_replies(Original &);
    void test_caller_dies(Original &);
    void test_server_dies(Original &);
    void test_preemption(Original &);
    void test_memory_outlives_creator(Original &);
    void test_quota(Original &);
}


class Test::Original : Noncopyable
{
    private:

        Env &_env;

        Connection _ld { _env, "ROM", "ld.lib.so" };

        unsigned _num_failed = 0;

    public:

        /* larger than what any step takes, on a loaded machine, too */
        static constexpr uint64_t TIMEOUT_US = 20'000'000;

        Cap const ld_ds;

        /* object that is notified about faults of copies */
        static constexpr uint64_t FAULT_BADGE = ~0ull;
        Cap fault_cap = Cap::INVALID;

        Message msg { };

        explicit Original(Env &);

        Env &env() { return _env; }

        Cap ld_rom() const { return _ld.cap(); }

        uint64_t ram_avail() { return _env.ram_avail(); }

        void check(char const *what, bool ok)
        {
            log(what, ": ", ok ? "ok" : "failed");
            _num_failed += !ok;
        }

        /*
         * Wait for the next event except for requests for roles, which get answered
         */
        Platform::Event next_event();

        /*
         * Wait for a report from a copy, answer it
         *
         * \return reported value, ~0 if something else happened
         */
        uint64_t report(Copy const &from, Cap *cap = nullptr);

        /* wait for a given request, and leave it unanswered */
        Platform::Token request(Copy const &from, uint32_t op);

        void reply(Platform::Token, Result = Result::OK);

        unsigned num_failed() const { return _num_failed; }
};


/*
 * Copy of the component, alive as long as the object
 */
class Test::Copy : Noncopyable
{
    private:

        static Copy *_first;
        static uint64_t _num_created;

        Original &_original;
        Copy     *_next;
        Session   _pd { Cap::INVALID, 0 };
        bool      _open = false;

    public:

        Role     const role;
        uint64_t const number;
        Cap      const arg;
        uint64_t const badge;

        Cap    parent  = Cap::INVALID;
        Result started = Result::DENIED;

        static constexpr size_t QUOTA = 1024*1024;

        Copy(Original &, Role, uint64_t number = 0, Cap arg = Cap::INVALID, size_t quota = QUOTA);

        ~Copy() { close(); }

        void close();

        Result start();
        Result transfer_quota(size_t bytes);

        Protocol::Pd::Status::Out status() const;

        static Copy *by_badge(uint64_t badge);
};
