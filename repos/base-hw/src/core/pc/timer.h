/*
 * Clock and one-shot timer
 */

#pragma once

#include <types.h>

namespace Hw::Timer {

    /* measure the rates of time-stamp counter and local APIC timer */
    void init();

    /* microseconds since 'init', monotonic */
    uint64_t now_us();

    /*
     * Raise the timer interrupt at the given time, as soon as possible if it is
     * in the past, replacing what was programmed before
     *
     * The interrupt may come too early if the time is out of the device's range.
     */
    void program(uint64_t at_us);

    /* no interrupt */
    void stop();

    /* acknowledge the interrupt of the highest priority in service, if any */
    void acknowledge();
}
