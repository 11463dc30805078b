/*
 * Streams: where their bytes come from and go to
 */

#include <base/attached.h>
#include <base/log.h>
#include <base/protocol.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"
#include "stream.h"

using Genode::Cap;
using Genode::Platform::Attached;

namespace {

    char line_of_stdout[__libc_stream::LINE], line_of_stderr[__libc_stream::LINE];

    using Kind = __libc_stream::Kind;

    __libc_stream standard_in  { .kind = Kind::MEMORY, .readable = true };
    __libc_stream standard_out { .kind = Kind::LOG, .writeable = true, .line = line_of_stdout };
    __libc_stream standard_err { .kind = Kind::LOG, .writeable = true, .line = line_of_stderr };
}


FILE *stdin  = &standard_in;
FILE *stdout = &standard_out;
FILE *stderr = &standard_err;


void Libc::flush_streams()
{
    FILE *const streams[] { &standard_out, &standard_err };

    for (FILE *stream : streams)
        if (stream->kind == Kind::LOG && stream->line_len)
            stream->flush();
}


void __libc_stream::flush()
{
    Genode::log(Genode::Text(line, line_len));
    line_len = 0;
}


size_t __libc_stream::read(char *to, size_t len)
{
    if (!readable || kind == Kind::CLOSED) {
        failed = true;
        errno  = EBADF;
        return 0;
    }

    size_t n = 0;

    while (n < len && num_returned)
        to[n++] = char(returned[--num_returned]);

    size_t const left = position < size ? size - position : 0;
    size_t const rest = len - n < left ? len - n : left;

    memcpy(to + n, data + position, rest);
    position += rest;
    n        += rest;

    if (n < len)
        at_end = true;

    return n;
}


size_t __libc_stream::write(char const *text, size_t len)
{
    if (!writeable || kind == Kind::CLOSED) {
        failed = true;
        errno  = EBADF;
        return 0;
    }

    if (kind == Kind::LOG) {
        for (size_t i = 0; i < len; i++) {

            if (text[i] == '\n' || line_len == LINE)
                flush();

            if (text[i] != '\n')
                line[line_len++] = text[i];
        }
        return len;
    }

    if (append)
        position = size;

    size_t const left = position < capacity ? capacity - position : 0;
    size_t const n    = len < left ? len : left;

    memcpy(data + position, text, n);
    position += n;

    if (position > size) {
        size = position;
        if (size < capacity)
            data[size] = 0;
    }

    if (n < len) {
        failed = true;
        errno  = ENOSPC;
    }
    return n;
}


bool __libc_stream::open_rom(char const *path)
{
    using namespace Genode;

    Env *const env = Libc::env();
    if (!env) {
        errno = ENOSYS;
        return false;
    }

    char const *const slash = strrchr(path, '/');
    char const *const name  = slash ? slash + 1 : path;

    auto const opened = env->parent().open("ROM", name);
    if (!opened.ok()) {
        errno = opened.error() == Result::DENIED ? EACCES : ENOENT;
        return false;
    }
    session = opened.value();

    Call call(Protocol::Rom::Dataspace::OP);

    Result result = call.to(session.cap);

    Attached attached { };

    if (Genode::ok(result)) {
        dataspace = call.cap(0);
        size      = call.result<Protocol::Rom::Dataspace::Out>().size;

        if (size)
            result = Platform::attach(dataspace, Platform::READ_ONLY, 0, 0, 0, attached);
    }

    /* the size is the server's claim, trust what is mapped */
    if (!Genode::ok(result) || size > attached.size) {
        if (attached.size)
            Platform::detach(attached.addr);
        Platform::cap_drop(dataspace);
        env->parent().close(session);
        errno = result == Result::OUT_OF_RAM ? ENOMEM : EIO;
        return false;
    }

    kind     = Kind::ROM;
    readable = true;
    data     = static_cast<char *>(attached.addr);
    return true;
}


void __libc_stream::close()
{
    switch (kind) {

    case Kind::LOG:
        if (line_len)
            flush();
        break;

    case Kind::ROM:
        if (size)
            Genode::Platform::detach(data);
        Genode::Platform::cap_drop(dataspace);
        Libc::env()->parent().close(session);
        break;

    case Kind::MEMORY:
        if (owns_data)
            free(data);
        break;

    case Kind::CLOSED:
        break;
    }
    kind = Kind::CLOSED;
}
