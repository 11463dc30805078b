/*
 * Serial line COM1 (8250-compatible), 115200 baud, 8 data bits, no parity
 */

#pragma once

namespace Hw::Serial {

    void init();

    /* output one character, a newline becomes carriage return and newline */
    void put(char);
}
