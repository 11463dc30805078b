/*
 * Output of lines to the LOG session
 */

#include <base/log.h>
#include <base/parent.h>
#include <base/internal/globals.h>

using namespace Genode;

namespace {

    /* opened by the first line, stays invalid for components without a LOG */
    Cap log_session()
    {
        static Cap  session = Cap::INVALID;
        static bool opened  = false;

        if (!opened) {
            opened = true;
            session = parent().open("LOG", "").with(
                [] (Session s) { return s.cap; },
                [] (Result)    { return Cap::INVALID; });
        }
        return session;
    }
}


void Log_line::_flush()
{
    (void)Call(Protocol::Log::Write::OP).text(Text(_buf, _len)).to(log_session());
    _len = 0;
}


void Log_line::write(char const *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {

        if (text[i] == '\n') {
            _flush();
            continue;
        }

        if (_len == MAX_LEN)
            _flush();

        _buf[_len++] = text[i];
    }
}


Log_line::Log_line() { }


Log_line::~Log_line() { _flush(); }
