/*
 * Text output of the kernel
 */

#pragma once

#include <text.h>

namespace Hw {

    /* value to be printed in hexadecimal notation */
    struct Hex { uint64_t value; unsigned digits = 1; };

    void print(char);
    void print(char const *);
    void print(Text);
    void print(Hex);
    void print(uint64_t);
    inline void print(uint32_t value) { print(uint64_t(value)); }
    inline void print(int value)
    {
        if (value < 0) print('-');
        print(uint64_t(value < 0 ? -int64_t(value) : value));
    }

    /*
     * Print the arguments one after the other as one line
     */
    template <typename... ARGS>
    void line(ARGS... args)
    {
        (print(args), ...);
        print('\n');
    }

    /*
     * Print reason and stop the machine for good
     */
    [[noreturn]] void halt();

    template <typename... ARGS>
    [[noreturn]] void panic(ARGS... args)
    {
        line("kernel panic: ", args...);
        halt();
    }
}
