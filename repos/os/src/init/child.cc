/*
 * Start and end of a child, its requests sorted by kind
 */

#include <child.h>

using namespace Init;

namespace {

    constexpr uint64_t DEFAULT_RAM = 1024*1024;

    /* what init does not give away, for its own book-keeping */
    constexpr uint64_t RAM_RESERVE = 128*1024;

    /* ROM module of our parent as dataspace, the session stays open with it */
    Attempt<Cap> rom_dataspace(Env &env, Text name, Session &rom)
    {
        Attempt<Session> const opened = env.parent().open("ROM", name);
        if (!opened.ok())
            return opened.error();

        rom = opened.value();

        Call call(Protocol::Rom::Dataspace::OP);

        Result const result = call.to(rom.cap);
        if (!ok(result))
            return result;

        return call.cap(0);
    }
}


Child::Child(Env &env, Config const &config, Children &children, Xml_node const &start,
             Name const &name)
:
    _env(env), _config(config), _children(children), _start(start), name(name)
{
    _children.add(_elem);
}


bool Child::provides(Text service) const
{
    bool result = false;
    _start.with_child("provides", [&] (Xml_node const &provides) {
        provides.for_each_child("service", [&] (Xml_node const &s) {
            if (s.attribute("name", Service_name()) == service)
                result = true; }); });
    return result;
}


void Child::check_nodes() const
{
    _start.for_each_child([&] (Xml_node const &node) {

        static char const *const known[] {
            "binary", "resource", "provides", "config", "route" };

        for (char const *type : known)
            if (node.has_type(type))
                return;

        warning("child \"", name, "\": unknown node <", node.name(), ">"); });

    _start.for_each_child("resource", [&] (Xml_node const &resource) {

        Name const type = resource.attribute("name", Name());

        if (!(type == "RAM"))
            return warning("child \"", name, "\": unknown resource \"", type, "\"");

        static char const *const amounts[] { "quantum", "limit" };

        for (char const *attribute : amounts) {

            Name const value = resource.attribute(attribute, Name());

            if (resource.has_attribute(attribute) && !parse_bytes(value).ok())
                error("child \"", name, "\": malformed RAM ", attribute, " \"", value, "\"");
        } });
}


uint64_t Child::_ram(Text attribute, uint64_t fallback) const
{
    uint64_t result = fallback;

    _start.for_each_child("resource", [&] (Xml_node const &resource) {
        if (resource.attribute("name", Name()) == "RAM")
            result = resource.bytes(attribute, result); });

    return result;
}


uint64_t Child::_ram_quota() const
{
    uint64_t quota = DEFAULT_RAM;

    _config.node.with_child("default", [&] (Xml_node const &node) {
        quota = node.bytes("ram", quota); });

    return _ram("quantum", quota);
}


Result Child::_transfer_quota(uint64_t bytes)
{
    Result const result = Call(Protocol::Pd::Transfer::OP)
        .arg(Protocol::Pd::Transfer::In { bytes }).cap(_pd.cap).to(Cap::PD);

    if (ok(result))
        _quota += bytes;

    return result;
}


Result Child::_start_in_pd(Cap ld)
{
    Name binary = name;
    _start.with_child("binary", [&] (Xml_node const &node) {
        binary = node.attribute("name", binary); });

    uint64_t const quota = _ram_quota();

    if (!ok(_transfer_quota(quota))) {
        error("child \"", name, "\": RAM quota of ", quota >> 10, " KiB exceeds the available ",
              _env.ram_avail() >> 10, " KiB");
        return Result::OUT_OF_RAM;
    }

    Session rom { };
    Attempt<Cap> const program = rom_dataspace(_env, binary, rom);

    if (!program.ok())
        error("child \"", name, "\": binary \"", binary, "\" is not available");

    Result const result = program.with(
        [&] (Cap cap) {
            return Call(Protocol::Pd::Start::OP).cap(ld).cap(cap)
                      .cap(this->cap()).cap(_fault_handler.cap()).to(_pd.cap); },
        [&] (Result r) { return r; });

    /* the component holds what it needs of the file */
    Platform::cap_drop(program.value_or(Cap::INVALID));
    if (valid(rom.cap))
        _env.parent().close(rom);

    return result;
}


void Child::start(Cap ld)
{
    Attempt<Session> const pd = _env.parent().open("PD", name);

    if (!pd.ok()) {
        error("child \"", name, "\": cannot create protection domain: ",
              Genode::name(pd.error()));
        _state = State::EXITED;
        return;
    }

    _pd    = pd.value();
    _state = State::RUNNING;

    Result const result = _start_in_pd(ld);

    if (!ok(result)) {
        error("child \"", name, "\" could not be started: ", Genode::name(result));
        _end(State::EXITED);
    }
}


void Child::_handle_fault()
{
    if (_state != State::RUNNING)
        return;

    log("child \"", name, "\" faulted");
    _end(State::FAULTED);
}


void Child::_request_resource(Request &request)
{
    auto const arg = request.arg<Protocol::Parent::Resource::In>();

    if (!arg.ok())
        return request.reply(arg.error());

    uint64_t const bytes = arg.value().ram_bytes,
                   avail = _env.ram_avail(),
                   limit = max(_quota, _ram("limit", ~0ull));

    Result result = Result::DENIED;

    if (avail > RAM_RESERVE && bytes <= min(avail - RAM_RESERVE, limit - _quota))
        result = _transfer_quota(bytes);

    log("child \"", name, "\" asks for ", bytes >> 10, " KiB more RAM: ",
        ok(result) ? "granted" : "denied");

    request.reply(result);
}


void Child::_exit(Request &request)
{
    request.arg<Protocol::Parent::Exit::In>().with(
        [&] (auto in) { log("child \"", name, "\" exited with exit value ", in.value); },
        [&] (Result)  { log("child \"", name, "\" exited"); });

    _end(State::EXITED);

    /* there is nobody any more to hear it, this merely gives up the right to reply */
    request.reply(Result::OK);
}


void Child::_end(State state)
{
    _state = state;

    _env.parent().close(_pd);

    _sessions.for_each([&] (Session_state &session) { _release(session); });

    _served.for_each([&] (Session_state &session) {

        _served.remove(session.server_elem);

        if (session.stage == Session_state::Stage::CLOSING) {
            destroy(_env.heap(), &session);
            return;
        }
        session.server = nullptr;

        if (session.undecided())
            session.client.session_failed(session, Result::DEAD); });

    _announced.for_each([&] (Announced &announced) {
        Platform::cap_drop(announced.sigh);
        destroy(_env.heap(), &announced); });
}


void Child::handle_request(Request &request)
{
    namespace P = Protocol::Parent;

    if (_state != State::RUNNING)
        return request.reply(Result::DENIED);

    switch (request.opcode()) {

    case P::Open::OP:     return _open(request);
    case P::Close::OP:    return _close(request);
    case P::Poll::OP:     return _poll(request);
    case P::Announce::OP: return _announce(request);
    case P::Fetch::OP:    return _fetch(request);
    case P::Deliver::OP:  return _deliver(request);
    case P::Resource::OP: return _request_resource(request);
    case P::Exit::OP:     return _exit(request);

    case P::Session_sigh::OP:
        Platform::cap_drop(_session_sigh);
        _session_sigh = request.take_cap(0);
        return request.reply(Result::OK);
    }
    request.reply(Result::UNKNOWN_OPCODE);
}
