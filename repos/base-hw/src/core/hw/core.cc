/*
 * Core: parent of the first component
 */

#include <boot_modules.h>
#include <core.h>
#include <services.h>
#include <slab.h>

using namespace Hw;

using namespace Genode::Protocol;

namespace {

    /* component that core starts, and the prefix of all labels */
    constexpr char const *INIT = "init";

    /*
     * RAM that is not given away, because the pages of the slab allocator may be
     * filled partially only
     */
    size_t reserve(size_t ram) { return max(ram/64, size_t(512*1024)); }

    template <size_t N>
    bool terminated(char const (&text)[N])
    {
        for (char c : text)
            if (!c)
                return true;

        return false;
    }
}


Result Core::serve(Core_request &request)
{
    /* the right to be core's child cannot be passed on */
    if (!_init || &request.caller != _init.get())
        return Result::DENIED;

    switch (request.opcode) {
    case Parent::Open        ::OP: return _open(request);
    case Parent::Close       ::OP: return _close(request);
    case Parent::Exit        ::OP: return _exit(request);
    case Parent::Poll        ::OP: return Result::NOT_FOUND;
    case Parent::Session_sigh::OP: return request.cap(0) ? Result::OK : Result::BAD_ARGUMENT;
    case Parent::Announce    ::OP:
    case Parent::Fetch       ::OP:
    case Parent::Deliver     ::OP:
    case Parent::Resource    ::OP: return Result::DENIED;
    }
    return Result::UNKNOWN_OPCODE;
}


Result Core::_open(Core_request &request)
{
    auto const * const in = request.in<Parent::Open::In>();

    if (!in || !terminated(in->service) || !terminated(in->label) || _session(in->id))
        return Result::BAD_ARGUMENT;

    struct Service { char const *name; Opened (*open)(Account &, Label const &); };

    static constexpr Service services[] { { "LOG", open_log },
                                          { "ROM", open_rom },
                                          { "PD",  open_pd  } };

    for (Service const &service : services) {

        if (!(Text::of(service.name) == Text::of(in->service)))
            continue;

        Account &account = _init->account;

        Opened const opened = service.open(account, Label(INIT, in->label));
        if (!ok(opened.result))
            return opened.result;

        if (!account.withdraw(Slab::SLOT_COST))
            return Result::OUT_OF_RAM;

        Session * const session = Slab::create<Session>(in->id, *opened.session);
        if (!session) {
            account.replenish(Slab::SLOT_COST);
            return Result::OUT_OF_RAM;
        }

        _sessions.append(session->element);
        request.reply_cap = opened.session;
        return Result::OK;
    }
    return Result::DENIED;
}


Result Core::_close(Core_request &request)
{
    auto const * const in = request.in<Parent::Close::In>();
    if (!in)
        return Result::BAD_ARGUMENT;

    Session * const session = _session(in->id);
    if (!session)
        return Result::NOT_FOUND;

    session->object->close();
    Slab::destroy(*session);
    _init->account.replenish(Slab::SLOT_COST);
    return Result::OK;
}


Result Core::_exit(Core_request &request)
{
    auto const * const in = request.in<Parent::Exit::In>();
    if (!in)
        return Result::BAD_ARGUMENT;

    line("core: init exited with exit value ", in->value);
    request.no_reply = true;
    return Result::OK;
}


void Core::start_init()
{
    auto module = [] (char const *name) -> Dataspace & {
        Boot_module const * const m = Boot_module::find(Text::of(name));
        if (!m)
            panic("boot module \"", name, "\" is missing");
        return *m->ds;
    };

    static constinit Account account { 0 };
    account.grant(PAGE_SIZE);

    _init = Pd::create(account, Label(INIT, ""));
    size_t const ram = Ram::avail();

    if (!_init || ram < reserve(ram))
        panic("not enough RAM to start init");

    _init->grant(ram - reserve(ram));

    Result const result = _init->start(module("ld.lib.so"), module(INIT), *this, nullptr);
    if (!ok(result))
        panic("init cannot be started: ", Genode::name(result));
}
