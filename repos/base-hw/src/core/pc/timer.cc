/*
 * Clock and one-shot timer
 *
 * The time-stamp counter is the clock, the timer of the local APIC raises the
 * interrupts. The rates of both are measured against the legacy interval
 * timer (8254), whose frequency is the same on each PC.
 *
 * In an emulator on a busy machine, the CPU may stand still at any time while all
 * clocks go on. So nothing is concluded from how long something took. Clocks are
 * read in pairs, and a pair counts only if there was no time for a break in between.
 */

#include <console.h>
#include <cpu.h>
#include <interrupt.h>
#include <timer.h>

using namespace Hw;

namespace {

    enum Lapic_register : unsigned {
        EOI = 0xb0, SPURIOUS_VECTOR = 0xf0, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, LVT_LINT1 = 0x360,
        LVT_ERROR = 0x370, INITIAL_COUNT = 0x380, CURRENT_COUNT = 0x390, DIVIDE = 0x3e0,
        TASK_PRIORITY = 0x80,
    };

    constexpr uint32_t LVT_MASKED = 1u << 16, APIC_ENABLED = 1u << 8, DIVIDE_BY_16 = 3;

    constexpr unsigned FRACTION_BITS = 32;

    /* longest time programmed at once, far below the wrap-around of the counter */
    constexpr uint64_t MAX_DELAY_US = 1'000'000;

    constinit uint64_t start_stamp      = 0;
    constinit uint64_t us_per_stamp     = 0;   /* with FRACTION_BITS */
    constinit uint64_t counts_per_ms    = 0;

    uint32_t volatile &lapic(Lapic_register r) {
        return *reinterpret_cast<uint32_t volatile *>(LAPIC_WINDOW + r); }

    /*
     * Firmware may have left the device in its mode without memory-mapped
     * registers, which can be left by switching the device off only.
     */
    void enable_lapic()
    {
        constexpr uint64_t ENABLED = 1u << 11, X2APIC = 1u << 10;

        uint64_t const base = read_msr(MSR_APIC_BASE) & ~(ENABLED | X2APIC);

        if (read_msr(MSR_APIC_BASE) & X2APIC)
            write_msr(MSR_APIC_BASE, base);

        write_msr(MSR_APIC_BASE, base | ENABLED);
    }

    namespace Pit {

        enum : uint16_t { CHANNEL_2 = 0x42, COMMAND = 0x43, GATE = 0x61 };
        enum : uint8_t  { GATE_ENABLE = 1, SPEAKER = 2, OUTPUT = 0x20,
                          ONE_SHOT = 0xb0 /* channel 2, low and high byte, mode 0 */,
                          LATCH    = 0x80 /* channel 2 */ };

        constexpr unsigned FREQUENCY = 1'193'182;

        void start()
        {
            out8(GATE, uint8_t((in8(GATE) & ~SPEAKER) | GATE_ENABLE));
            out8(COMMAND, ONE_SHOT);
            out8(CHANNEL_2, 0xff);
            out8(CHANNEL_2, 0xff);
        }

        /* true once the counter went through zero, about 55 ms after the start */
        bool expired() { return in8(GATE) & OUTPUT; }

        void     latch()   { out8(COMMAND, LATCH); }
        unsigned latched() { unsigned const low = in8(CHANNEL_2); return low | in8(CHANNEL_2) << 8; }
    }

    /* values of all clocks at the same time */
    struct Reading { uint64_t stamp; uint32_t lapic, pit; };

    Reading read_clocks()
    {
        constexpr unsigned attempts = 8;

        Reading  best { };
        uint64_t best_duration = ~0ull;

        for (unsigned i = 0; i < attempts; i++) {

            uint64_t const begin = time_stamp();
            uint32_t const count = lapic(CURRENT_COUNT);
            Pit::latch();
            uint64_t const duration = time_stamp() - begin;
            uint32_t const pit = Pit::latched();

            if (duration < best_duration) {
                best_duration = duration;
                best = { .stamp = begin, .lapic = count, .pit = pit };
            }
        }
        return best;
    }

    struct Elapsed { uint64_t stamps, lapic, pit; };

    /*
     * Let the clocks run for a few milliseconds
     *
     * \return zeros if the interval timer expired meanwhile, or does not count
     */
    Elapsed measure()
    {
        constexpr unsigned min_ticks = Pit::FREQUENCY/200, max_polls = 1'000'000;

        lapic(INITIAL_COUNT) = ~0u;
        Pit::start();

        Reading const begin = read_clocks();

        for (unsigned i = 0; i < max_polls; i++) {

            Reading const end = read_clocks();

            if (Pit::expired())
                break;

            if (begin.pit - end.pit >= min_ticks)
                return { .stamps = end.stamp - begin.stamp,
                         .lapic  = begin.lapic - end.lapic,
                         .pit    = begin.pit - end.pit };
        }
        return { };
    }
}


void Timer::init()
{
    enable_lapic();

    lapic(TASK_PRIORITY)   = 0;
    lapic(LVT_TIMER)       = LVT_MASKED | Interrupt::TIMER;
    lapic(LVT_LINT0)       = LVT_MASKED;
    lapic(LVT_LINT1)       = LVT_MASKED;
    lapic(LVT_ERROR)       = LVT_MASKED | Interrupt::SPURIOUS;
    lapic(DIVIDE)          = DIVIDE_BY_16;
    lapic(SPURIOUS_VECTOR) = APIC_ENABLED | Interrupt::SPURIOUS;

    constexpr unsigned attempts = 50;

    Elapsed elapsed { };
    for (unsigned i = 0; i < attempts && !elapsed.pit; i++)
        elapsed = measure();

    if (!elapsed.pit || !elapsed.stamps || !elapsed.lapic)
        panic("interval timer, time-stamp counter, or local APIC timer does not count");

    uint64_t const ns = elapsed.pit*1'000'000'000/Pit::FREQUENCY;

    us_per_stamp  = (ns << FRACTION_BITS)/1000/elapsed.stamps;
    counts_per_ms = elapsed.lapic*1'000'000/ns;
    start_stamp   = time_stamp();

    stop();
    lapic(LVT_TIMER) = Interrupt::TIMER;
}


uint64_t Timer::now_us()
{
    return uint64_t((unsigned __int128)(time_stamp() - start_stamp)*us_per_stamp >> FRACTION_BITS);
}


void Timer::program(uint64_t at_us)
{
    uint64_t const now   = now_us();
    uint64_t const delay = at_us > now ? min(at_us - now, MAX_DELAY_US) : 0;

    /* round up, otherwise the interrupt came a little too early */
    lapic(INITIAL_COUNT) = uint32_t(delay*counts_per_ms/1000 + 1);
}


void Timer::stop()        { lapic(INITIAL_COUNT) = 0; }
void Timer::acknowledge() { lapic(EOI) = 0; }
