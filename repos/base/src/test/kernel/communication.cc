/*
 * Test of the kernel interface: messages between components
 */

#include <test.h>

using namespace Test;

using Platform::Event;
using Platform::Token;


void Test::test_exchange(Original &o)
{
    Copy copy(o, Role::EXCHANGE);

    Token const token = o.request(copy, Exchange::OP);

    o.check("full request arrived", count_errors(o.msg, 1) == 0
                                 && o.msg.num_caps == Message::MAX_CAPS);

    /* the copies of the capabilities are usable, and go back from where they came */
    bool notified = true;
    for (unsigned i = 0; i < Message::MAX_CAPS; i++)
        notified &= valid(o.msg.caps[i]);

    Cap caps[Message::MAX_CAPS];
    for (unsigned i = 0; i < Message::MAX_CAPS; i++)
        caps[i] = o.msg.caps[i];

    for (Cap cap : caps)
        Platform::notify(cap);

    o.msg.tag = uint32_t(Result::OK);
    fill(o.msg, 2);
    Platform::reply(token, o.msg);

    for (Cap cap : caps)
        Platform::cap_drop(cap);

    o.check("full reply and notifications arrived", notified && o.report(copy) == 0);
}


void Test::test_deferred_replies(Original &o)
{
    static constexpr unsigned NUM = 3;

    Copy copies[NUM] { { o, Role::DEFERRED, 0 }, { o, Role::DEFERRED, 1 }, { o, Role::DEFERRED, 2 } };

    Token tokens[NUM] { };

    for (unsigned i = 0; i < NUM; i++) {
        Event const event = o.next_event();
        for (unsigned j = 0; j < NUM; j++)
            if (event.kind == Event::Kind::REQUEST && event.badge == copies[j].badge)
                tokens[j] = event.token;
    }

    bool distinct = true;
    for (unsigned i = 0; i < NUM; i++)
        for (unsigned j = 0; j < NUM; j++)
            distinct &= (tokens[i] != Token::NONE) && (i == j || tokens[i] != tokens[j]);

    o.check("three callers wait", distinct);

    auto answer = [&] (Token token, uint64_t value) {
        Defer::Out const out { value };
        o.msg.tag       = uint32_t(Result::OK);
        o.msg.num_bytes = sizeof(out);
        o.msg.num_caps  = 0;
        memcpy(o.msg.bytes, &out, sizeof(out));
        Platform::reply(token, o.msg);
    };

    auto answer_wrongly = [&] (uint64_t token) {
        bool guessed = false;
        for (Token t : tokens)
            guessed |= (t == Token(token));
        if (!guessed)
            answer(Token(token), 666);
    };

    /* tokens that were never handed out */
    for (uint64_t i = 0; i < 64; i++) {
        answer_wrongly(i);
        answer_wrongly(uint64_t(tokens[0]) + 1 + i);
        answer_wrongly(uint64_t(tokens[0]) ^ (1ull << i));
    }

    bool correct = true;
    for (unsigned i = NUM; i-- > 0; ) {
        answer(tokens[i], 1000 + i);
        answer(tokens[i], 666);
        correct &= (o.report(copies[i]) == 1000 + i);
    }
    o.check("each caller got its own reply, once", correct);
}


void Test::test_preemption(Original &o)
{
    Cap ds = Cap::INVALID;
    Platform::Attached attached { };

    bool const shared =
        ok(Platform::ram_alloc(sizeof(Hog_memory), ds))
     && ok(Platform::attach(ds, Platform::WRITEABLE, 0, 0, 0, attached));

    o.check("memory to be shared", shared);
    if (!shared)
        return;

    Hog_memory &memory = *static_cast<Hog_memory *>(attached.addr);
    {
        Copy hogs[2] { { o, Role::HOG, 0, ds }, { o, Role::HOG, 1, ds } };

        uint64_t const end = Platform::now_us() + Original::TIMEOUT_US;

        /* in between, this component gets its turn, too */
        auto progress = [&] (uint64_t amount) {
            uint64_t const before[2] { memory.progress[0], memory.progress[1] };

            while (Platform::now_us() < end) {

                Event const event = Platform::wait(o.msg, Platform::now_us() + 1000);

                if (event.kind == Event::Kind::REQUEST) {
                    Copy const * const copy = Copy::by_badge(event.badge);
                    Get_role::Out const role { Role::HOG, copy ? copy->number : 0 };
                    o.msg.tag       = uint32_t(Result::OK);
                    o.msg.num_bytes = sizeof(role);
                    o.msg.num_caps  = 1;
                    o.msg.caps[0]   = ds;
                    memcpy(o.msg.bytes, &role, sizeof(role));
                    Platform::reply(event.token, o.msg);
                }

                if (memory.progress[0] - before[0] > amount
                 && memory.progress[1] - before[1] > amount)
                    return true;
            }
            return false;
        };

        bool const alternating = progress(100) && progress(100) && progress(100);
        o.check("three components that always want to run", alternating);

        memory.stop = 1;

        uint64_t errors = 0;
        for (unsigned i = 0; i < 2; i++) {
            Event const event = o.next_event();
            uint64_t value = ~0ull;
            if (event.kind == Event::Kind::REQUEST && o.msg.tag == Report::OP)
                memcpy(&value, o.msg.bytes, sizeof(value));
            errors += value;
            if (event.kind == Event::Kind::REQUEST)
                o.reply(event.token);
        }
        o.check("floating-point registers are kept apart", errors == 0);
    }
    Platform::detach(attached.addr);
    Platform::ram_free(ds);
}
