/*
 * Signals that a component raises itself
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

namespace {

    using Handler = void (*)(int);

    constexpr int MAX = 32;

    Handler handlers[MAX];

    bool valid(int number) { return number > 0 && number < MAX; }
}


Handler signal(int number, Handler handler)
{
    if (!valid(number)) {
        errno = EINVAL;
        return SIG_ERR;
    }

    Handler const old = handlers[number];
    handlers[number] = handler;
    return old;
}


int raise(int number)
{
    if (!valid(number)) {
        errno = EINVAL;
        return -1;
    }

    Handler const handler = handlers[number];

    if (handler == SIG_IGN)
        return 0;

    if (handler == SIG_DFL)
        abort();

    handlers[number] = SIG_DFL;
    handler(number);
    return 0;
}
