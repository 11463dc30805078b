/*
 * System calls with arbitrary arguments
 */

#include <abuse.h>

using namespace Abuse;

using Hw::Syscall;

namespace {

    constexpr unsigned NUM_CALLS = 3000;

    /* numbers as arbitrary as needed, the same ones for the same seed */
    class Random
    {
        private:

            uint64_t _state;

        public:

            explicit Random(uint64_t seed) : _state(seed*0x9e3779b97f4a7c15 | 1) { }

            uint64_t next()
            {
                _state ^= _state << 13;
                _state ^= _state >> 7;
                _state ^= _state << 17;
                return _state;
            }

            uint64_t below(uint64_t limit) { return next() % limit; }

            bool one_in(uint64_t n) { return below(n) == 0; }
    };

    Message message;

    /* values at which checks tend to be off by one, and plausible ones */
    uint64_t value(Random &random)
    {
        static uint64_t const values[] {
            0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 0x10000, 0x40000000, 0x4fdff000,
            0x50000000, 0x50001000, 0x00007fffffffe000, 0x00007ffffffff000, 0x0000800000000000,
            0x7fffffffffffffff, 0x8000000000000000, 0xffff800000000000, 0xffffffff80100000,
            0xfffffffffffff000, ~0ull, ~0ull - 31, 1ull << 32, (1ull << 32) + 3, 1ull << 40,
        };

        switch (random.below(8)) {
        case 0:  return random.next();
        case 1:  return random.below(64) * PAGE_SIZE;
        case 2:  return values[random.below(sizeof(values)/sizeof(values[0]))];
        default: return random.below(48);
        }
    }

    /* mostly usable, otherwise each run would end very soon */
    uint64_t pointer(Random &random) {
        return random.one_in(500) ? value(random) : addr_t(&message); }

    void fill_message(Random &random)
    {
        auto number = [&] (uint64_t max) {
            return uint32_t(random.one_in(16) ? value(random) : random.below(max + 2)); };

        message.tag       = number(12);
        message.num_bytes = number(Message::MAX_BYTES);
        message.num_caps  = number(Message::MAX_CAPS);

        for (Cap &cap : message.caps)
            cap = Cap(value(random));

        for (char &c : message.bytes)
            c = char(random.next());
    }

    uint64_t number(Random &random)
    {
        for (;;) {
            uint64_t const n = random.below(uint64_t(Syscall::DEBUG) + 1);

            /* these end the run one way or the other */
            bool const final = (n == uint64_t(Syscall::HALT));

            if (!final || random.one_in(1000))
                return n;
        }
    }

    void call_once(Random &random)
    {
        fill_message(random);

        uint64_t const n = number(random);

        switch (Syscall(n)) {

        case Syscall::CALL:
        case Syscall::REPLY:
            syscall(n, value(random), pointer(random));
            break;

        case Syscall::WAIT:
            syscall(n, pointer(random), random.one_in(500) ? value(random) : 0);
            break;

        case Syscall::DEBUG:
            /* nothing readable, it would garble the log */
            if (random.one_in(500))
                syscall(n, 0xffff800000000000 | random.next(), random.next());
            else
                syscall(n, pointer(random), 0);
            break;

        case Syscall::DETACH:
            /* the component's own code and stack are needed further on */
            syscall(n, random.one_in(500) ? value(random) : 0x50000000 + random.below(64)*PAGE_SIZE);
            break;

        default:
            syscall(n, value(random), value(random), value(random), value(random), value(random));
        }
    }
}


void Abuse::make_noise(uint64_t seed)
{
    Random random(seed);

    for (unsigned i = 0; i < NUM_CALLS; i++)
        call_once(random);
}
