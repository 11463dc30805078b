/*
 * Lines on the standard output
 */

#include <linux/syscall.h>
#include <log.h>

using namespace Genode;


void Core::write_line(Text text)
{
    enum { STDOUT = 1 };

    /* one system call per line, so that lines are never mixed up */
    Linux::Iovec const parts[] { { text.start(), text.len() }, { "\n", 1 } };

    (void)Linux::writev(STDOUT, parts, 2);
}
