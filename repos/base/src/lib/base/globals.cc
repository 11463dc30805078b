/*
 * Objects that exist once per component
 *
 * None of them has a constructor worth the name, so the order of construction
 * is of no concern.
 */

#include <base/internal/globals.h>

using namespace Genode;


Parent &Genode::parent() { static Parent obj; return obj; }

Heap &Genode::heap() { static Heap obj; return obj; }

Entrypoint &Genode::entrypoint() { static Entrypoint obj; return obj; }


uint64_t Env::ram_avail()
{
    Call call(Protocol::Pd::Status::OP);

    if (!ok(call.to(Cap::PD)))
        return 0;

    auto const status = call.result<Protocol::Pd::Status::Out>();

    return status.ram_quota - status.ram_used;
}
