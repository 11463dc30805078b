/*
 * Test of the kernel interface: the copies
 */

#include <test.h>

using namespace Test;

using Platform::Event;

namespace {

    void report(uint64_t value, Cap cap = Cap::INVALID)
    {
        Call call(Report::OP);
        call.arg(Report::In { value });
        if (valid(cap))
            call.cap(cap);
        (void)call.to(Cap::PARENT);
    }

    void exchange()
    {
        static Message msg;

        Cap objects[Message::MAX_CAPS] { };
        uint64_t errors = 0;

        for (unsigned i = 0; i < Message::MAX_CAPS; i++) {
            errors += !ok(Platform::object_create(i, objects[i]));
            msg.caps[i] = objects[i];
        }

        msg.tag      = Exchange::OP;
        msg.num_caps = Message::MAX_CAPS;
        fill(msg, 1);

        errors += !ok(Platform::call(Cap::PARENT, msg));
        errors += count_errors(msg, 2);
        errors += (msg.num_caps != Message::MAX_CAPS);

        /* the parent has notified each object, and returned what refers to them */
        for (unsigned i = 0; i < 2*Message::MAX_CAPS; i++) {

            if (i == Message::MAX_CAPS)
                for (Cap cap : msg.caps)
                    Platform::notify(cap);

            Message unused;
            Event const event = Platform::wait(unused, Platform::now_us() + Original::TIMEOUT_US);
            errors += (event.kind != Event::Kind::NOTIFICATION
                    || event.badge != i % Message::MAX_CAPS);
        }
        report(errors);
    }

    void deferred()
    {
        Call call(Defer::OP);
        report(ok(call.to(Cap::PARENT)) ? call.result<Defer::Out>().value : ~0ull);
    }

    void serve()
    {
        static Message msg;

        Cap object = Cap::INVALID;
        if (!ok(Platform::object_create(1, object)))
            return;

        report(0, object);

        Event const event = Platform::wait(msg, Platform::NEVER);

        switch (msg.tag) {

        case Server::FAULT:
            __builtin_trap();

        case Server::DESTROY_OBJECT:
            /* the request is in our hands already, so it does not die with the object */
            Platform::object_destroy(object);
            msg.tag = uint32_t(Result::PENDING);
            msg.num_bytes = msg.num_caps = 0;
            Platform::reply(event.token, msg);
            break;

        case Server::DESTROY_WITH_QUEUE:
            /* give the other client the time for its call, which has to fail in any case */
            for (uint64_t end = Platform::now_us() + 50'000; Platform::now_us() < end; );
            Platform::object_destroy(object);
            msg.tag = uint32_t(Result::PENDING);
            msg.num_bytes = msg.num_caps = 0;
            Platform::reply(event.token, msg);
            break;
        }
    }

    void call_server(uint32_t op, Cap server)
    {
        if (op == Server::IGNORE)
            report(0);

        for (unsigned i = 0; i < 2; i++) {
            Call call(op);
            report(uint64_t(call.to(server)));
        }
    }

    /*
     * Keep values in the registers while being preempted
     */
    void hog(uint64_t number, Cap ds)
    {
        Platform::Attached attached { };
        if (!ok(Platform::attach(ds, Platform::WRITEABLE, 0, 0, 0, attached)))
            return report(~0u);

        Hog_memory &memory = *static_cast<Hog_memory *>(attached.addr);
        uint64_t    errors = 0;

        while (!memory.stop) {

            double const step = double(number) + 1.5;
            double       sum  = 0;

            for (unsigned i = 0; i < 4000; i++) {
                sum += step;
                asm volatile ("" : "+x" (sum));
            }

            errors += (sum != step*4000);
            memory.progress[number] = memory.progress[number] + 1;
        }
        report(errors);
    }

    void own_memory()
    {
        Cap ds = Cap::INVALID;
        Platform::Attached attached { };

        if (!ok(Platform::ram_alloc(3*PAGE_SIZE, ds))
         || !ok(Platform::attach(ds, Platform::WRITEABLE, 0, 0, 0, attached)))
            return;

        char * const p = static_cast<char *>(attached.addr);
        for (size_t i = 0; i < 3*PAGE_SIZE; i++)
            p[i] = pattern(i, 5);

        report(0, ds);
        Platform::detach(attached.addr);
        Platform::ram_free(ds);
        report(0);
    }
}


void Test::play(Role role, uint64_t number, Cap arg)
{
    switch (role) {
    case Role::EXCHANGE: return exchange();
    case Role::DEFERRED: return deferred();
    case Role::SERVER:   return serve();
    case Role::CLIENT:   return call_server(uint32_t(number), arg);
    case Role::HOG:      return hog(number, arg);
    case Role::OWNER:    return own_memory();
    case Role::SLEEPER:  return;
    }
}
