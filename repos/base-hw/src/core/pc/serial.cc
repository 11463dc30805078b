/*
 * Serial line COM1
 */

#include <cpu.h>
#include <serial.h>

using namespace Hw;

namespace {

    enum Register : uint16_t {
        DATA = 0x3f8, INTERRUPT_ENABLE, FIFO_CONTROL, LINE_CONTROL, MODEM_CONTROL, LINE_STATUS,
        DIVISOR_LOW = DATA, DIVISOR_HIGH = INTERRUPT_ENABLE
    };

    constexpr uint8_t TRANSMIT_READY = 0x20;

    /*
     * A machine without the device reads as all ones, which looks ready, but a
     * stuck device must not hang the kernel.
     */
    constexpr unsigned MAX_POLLS = 1'000'000;

    void transmit(char c)
    {
        for (unsigned i = 0; i < MAX_POLLS; i++)
            if (in8(LINE_STATUS) & TRANSMIT_READY)
                break;
        out8(DATA, uint8_t(c));
    }
}


void Hw::Serial::init()
{
    out8(INTERRUPT_ENABLE, 0);
    out8(LINE_CONTROL, 0x80);      /* divisor access */
    out8(DIVISOR_LOW,  1);         /* 115200 baud */
    out8(DIVISOR_HIGH, 0);
    out8(LINE_CONTROL, 0x03);      /* 8n1 */
    out8(FIFO_CONTROL, 0x07);      /* enable and clear both queues */
    out8(MODEM_CONTROL, 0x03);     /* ready */
}


void Hw::Serial::put(char c)
{
    if (c == '\n')
        transmit('\r');
    transmit(c);
}
