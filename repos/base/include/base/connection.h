/*
 * Session that lives as long as the object
 *
 * A component that lacks one of its sessions cannot do its work. So a refused
 * session ends the component with an error message and exit value -1, unless
 * 'Parent::open' is used directly.
 */

#pragma once

#include <base/env.h>

namespace Genode { class Connection; }


class Genode::Connection : Noncopyable
{
    private:

        Parent       &_parent;
        Session const _session;

    public:

        Connection(Env &, Text service, Text label = "");

        ~Connection() { _parent.close(_session); }

        Cap cap() const { return _session.cap; }
};
