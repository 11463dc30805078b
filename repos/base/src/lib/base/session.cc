/*
 * Connections, and memory attached through them
 */

#include <base/attached.h>
#include <base/log.h>

using namespace Genode;


Connection::Connection(Env &env, Text service, Text label)
:
    _parent(env.parent()),
    _session(_parent.open(service, label).with(
        [] (Session s) { return s; },
        [&] (Result r) -> Session {
            error("session ", service, " \"", label, "\" refused: ", name(r));
            _parent.exit(-1);
        }))
{ }


Attached_ram::Attached_ram(size_t bytes)
{
    if (!ok(Platform::ram_alloc(bytes, _ds)))
        return;

    if (!ok(Platform::attach(_ds, Platform::WRITEABLE, 0, 0, 0, _addr))) {
        Platform::ram_free(_ds);
        _ds   = Cap::INVALID;
        _addr = { nullptr, 0 };
    }
}


Attached_ram::~Attached_ram()
{
    if (!_addr.size)
        return;

    Platform::detach(_addr.addr);
    Platform::ram_free(_ds);
}


Attached_rom::Attached_rom(Env &env, Text rom_name) : _rom(env, "ROM", rom_name)
{
    Call call(Protocol::Rom::Dataspace::OP);

    Result result = call.to(_rom.cap());

    if (ok(result)) {
        _ds    = call.cap(0);
        _size  = call.result<Protocol::Rom::Dataspace::Out>().size;
        result = _size ? Platform::attach(_ds, Platform::READ_ONLY, 0, 0, 0, _addr) : Result::OK;
    }

    /* the size is the server's claim, trust what is mapped */
    if (ok(result) && _size > _addr.size)
        result = Result::BAD_ARGUMENT;

    if (!ok(result)) {
        error("content of ROM \"", rom_name, "\" is not accessible: ", name(result));
        env.parent().exit(-1);
    }
}


Attached_rom::~Attached_rom()
{
    if (_addr.size)
        Platform::detach(_addr.addr);

    Platform::cap_drop(_ds);
}
