/*
 * Test of the kernel interface: the original component
 */

#include <test.h>

using namespace Test;

using Platform::Event;
using Platform::Token;

Copy    *Copy::_first       = nullptr;
uint64_t Copy::_num_created = 0;


/*
 * Copy
 */

Copy::Copy(Original &original, Role role, uint64_t number, Cap arg, size_t quota)
:
    _original(original), _next(_first), role(role), number(number), arg(arg), badge(++_num_created)
{
    _first = this;

    _open = original.env().parent().open("PD", String<32>("copy ", badge)).with(
        [&] (Session pd) { _pd = pd; return true; },
        [&] (Result)     { return false; });

    if (ok(Platform::object_create(badge, parent)) && _open && ok(transfer_quota(quota)))
        started = start();
}


Result Copy::transfer_quota(size_t bytes)
{
    Call call(Protocol::Pd::Transfer::OP);
    call.arg(Protocol::Pd::Transfer::In { .bytes = bytes }).cap(_pd.cap);
    return call.to(Cap::PD);
}


Result Copy::start()
{
    Call call(Protocol::Pd::Start::OP);
    call.cap(_original.ld_ds).cap(Cap::PROGRAM).cap(parent).cap(_original.fault_cap);
    return call.to(_pd.cap);
}


Protocol::Pd::Status::Out Copy::status() const
{
    Call call(Protocol::Pd::Status::OP);

    return ok(call.to(_pd.cap)) ? call.result<Protocol::Pd::Status::Out>()
                                : Protocol::Pd::Status::Out { };
}


void Copy::close()
{
    if (!_open)
        return;

    _open = false;
    _original.env().parent().close(_pd);
    Platform::object_destroy(parent);

    for (Copy **link = &_first; *link; link = &(*link)->_next)
        if (*link == this) {
            *link = _next;
            return;
        }
}


Copy *Copy::by_badge(uint64_t badge)
{
    for (Copy *copy = _first; copy; copy = copy->_next)
        if (copy->badge == badge)
            return copy;

    return nullptr;
}


/*
 * Original
 */

static Cap rom_dataspace(Cap rom)
{
    Call call(Protocol::Rom::Dataspace::OP);
    return ok(call.to(rom)) ? call.cap(0) : Cap::INVALID;
}


Original::Original(Env &env) : _env(env), ld_ds(rom_dataspace(_ld.cap()))
{
    check("object for faults created", ok(Platform::object_create(FAULT_BADGE, fault_cap)));
}


void Original::reply(Token token, Result result)
{
    msg.tag = uint32_t(result);
    msg.num_bytes = msg.num_caps = 0;
    Platform::reply(token, msg);
}


Event Original::next_event()
{
    uint64_t const deadline = Platform::now_us() + TIMEOUT_US;

    for (;;) {
        Event const event = Platform::wait(msg, deadline);

        Copy const * const copy = Copy::by_badge(event.badge);

        if (event.kind != Event::Kind::REQUEST || msg.tag != Get_role::OP || !copy)
            return event;

        Get_role::Out const role { copy->role, copy->number };

        msg.tag       = uint32_t(Result::OK);
        msg.num_bytes = sizeof(role);
        msg.num_caps  = valid(copy->arg) ? 1 : 0;
        msg.caps[0]   = copy->arg;
        memcpy(msg.bytes, &role, sizeof(role));
        Platform::reply(event.token, msg);
    }
}


Token Original::request(Copy const &from, uint32_t op)
{
    Event const event = next_event();

    if (event.kind == Event::Kind::REQUEST && event.badge == from.badge && msg.tag == op)
        return event.token;

    error("expected request ", op, " of copy ", from.badge, ", got event ",
          uint32_t(event.kind), " from ", event.badge);

    if (event.kind == Event::Kind::REQUEST)
        reply(event.token, Result::DENIED);

    return Token::NONE;
}


uint64_t Original::report(Copy const &from, Cap *cap)
{
    Token const token = request(from, Report::OP);

    if (token == Token::NONE)
        return ~0ull;

    Report::In in { };
    memcpy(&in, msg.bytes, sizeof(in));

    if (cap)
        *cap = msg.num_caps ? msg.caps[0] : Cap::INVALID;

    reply(token);
    return in.value;
}


void Component::construct(Env &env)
{
    Call get_role(Get_role::OP);

    if (ok(get_role.to(Cap::PARENT))) {
        auto const out = get_role.result<Get_role::Out>();
        play(out.role, out.number, get_role.cap(0));
        Platform::halt();
    }

    static Original original(env);

    /* let the tables of this component grow as far as they will */
    test_exhaustion(original);
    for (unsigned i = 0; i < 2; i++)
        Copy(original, Role::SLEEPER).close();

    uint64_t const ram_before = env.ram_avail();

    test_time(original);
    test_notifications(original);
    test_capabilities(original);
    test_dataspaces(original);
    test_exchange(original);
    test_deferred_replies(original);
    test_caller_dies(original);
    test_server_dies(original);
    test_preemption(original);
    test_memory_outlives_creator(original);
    test_quota(original);

    original.check("all RAM came back", env.ram_avail() == ram_before);

    if (original.num_failed())
        error(original.num_failed(), " checks failed");
    else
        log("Test done.");
}
