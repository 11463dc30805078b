/*
 * Clock and one-shot timer
 *
 * The time-stamp counter is the clock, the timer of the local APIC raises the
 * interrupts. The rates of both are measured against the legacy interval
 * timer (8254), whose frequency is the same on each PC.
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

    constexpr unsigned SAMPLE_US = 10'000, SAMPLES = 4, FRACTION_BITS = 32;

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

    struct Sample { uint64_t stamps; uint32_t counts; };

    /*
     * Count both clocks while the interval timer runs for SAMPLE_US
     */
    Sample sample()
    {
        enum : uint16_t { CHANNEL_2 = 0x42, COMMAND = 0x43, GATE = 0x61 };
        enum : uint8_t  { GATE_ENABLE = 1, SPEAKER = 2, OUTPUT = 0x20,
                          CHANNEL_2_ONE_SHOT = 0xb0 /* low and high byte, mode 0 */ };

        constexpr unsigned frequency = 1'193'182;
        constexpr unsigned ticks = unsigned(uint64_t(frequency)*SAMPLE_US/1'000'000);

        /* a PC without the timer shall not hang here */
        constexpr unsigned max_polls = 10'000'000;

        out8(GATE, uint8_t((in8(GATE) & ~SPEAKER) | GATE_ENABLE));
        out8(COMMAND, CHANNEL_2_ONE_SHOT);
        out8(CHANNEL_2, uint8_t(ticks));

        lapic(INITIAL_COUNT) = ~0u;
        uint64_t const stamp = time_stamp();
        out8(CHANNEL_2, uint8_t(ticks >> 8));

        for (unsigned i = 0; i < max_polls && !(in8(GATE) & OUTPUT); i++);

        return { .stamps = time_stamp() - stamp, .counts = ~0u - lapic(CURRENT_COUNT) };
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

    /* delays (emulator, management mode) lengthen a sample, so the shortest one is right */
    Sample best = sample();
    for (unsigned i = 1; i < SAMPLES; i++) {
        Sample const s = sample();
        best = { min(best.stamps, s.stamps), min(best.counts, s.counts) };
    }

    if (!best.stamps || !best.counts)
        panic("time-stamp counter or local APIC timer does not count");

    us_per_stamp  = (uint64_t(SAMPLE_US) << FRACTION_BITS)/best.stamps;
    counts_per_ms = uint64_t(best.counts)*1000/SAMPLE_US;
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
