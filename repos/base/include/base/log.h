/*
 * Text output of a component
 *
 * Each call prints one line, or several if the arguments contain newlines.
 * The line goes to the component's LOG session, which is opened when it is
 * used first.
 */

#pragma once

#include <base/output.h>

namespace Genode {

    class Log_line;

    template <typename... ARGS> void log(ARGS const &...);
    template <typename... ARGS> void warning(ARGS const &...);
    template <typename... ARGS> void error(ARGS const &...);
}


class Genode::Log_line : public Output
{
    private:

        /* a longer line continues in a next one */
        static constexpr size_t MAX_LEN = 512;

        char   _buf[MAX_LEN];
        size_t _len = 0;

        void _flush();

    public:

        Log_line();

        ~Log_line();

        void write(char const *, size_t) override;
};


template <typename... ARGS>
void Genode::log(ARGS const &... args)
{
    Log_line line;
    print(line, args...);
}


template <typename... ARGS>
void Genode::warning(ARGS const &... args) { log("Warning: ", args...); }


template <typename... ARGS>
void Genode::error(ARGS const &... args) { log("Error: ", args...); }
