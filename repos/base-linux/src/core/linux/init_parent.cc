/*
 * Core in its role as the parent of init
 */

#include <linux/platform.h>
#include <init_parent.h>

using namespace Core;

namespace {

    /* position of the part of a label that names the thing asked for */
    size_t last_part(Text label)
    {
        Text const arrow(" -> ");

        for (size_t i = label.len(); i >= arrow.len(); i--)
            if (Text(label.start() + i - arrow.len(), arrow.len()) == arrow)
                return i;

        return 0;
    }

    /* modules are the files of one directory, there is no way out of it */
    bool plain_file_name(Text name)
    {
        for (size_t i = 0; i < name.len(); i++)
            if (name.start()[i] == '/')
                return false;

        return name.len() && !(name == Text(".")) && !(name == Text(".."));
    }

    long open_module(Text name)
    {
        return plain_file_name(name) ? Linux::open(String<Protocol::LABEL_LEN>(name).c_str())
                                     : -Linux::ENOENT;
    }

    Result outcome(auto const &attempt)
    {
        return attempt.with([] (auto *)   { return Result::OK; },
                            [] (Result r) { return r; });
    }
}


Result Init_parent::_open_rom(uint32_t id, Label const &label)
{
    size_t const pos = last_part(label);
    Text   const name(label.c_str() + pos, label.len() - pos);

    long const file = open_module(name);
    if (file < 0) {
        Text const origin(label.c_str(), pos - min(pos, 4ul));
        log("Error: no ROM module \"", name, "\", requested by \"", origin, "\"");
        return Result::NOT_FOUND;
    }

    return create<Rom_session>(_heap, _sessions, id, label, int(file)).with(
        [&] (Rom_session *) { return Result::OK; },
        [&] (Result reason) { (void)Linux::close(int(file)); return reason; });
}


Result Init_parent::_open(Protocol::Parent::Open::In const &in)
{
    if (!terminated(in.service) || !terminated(in.label) || _session(in.id))
        return Result::BAD_ARGUMENT;

    Label const label = in.label[0] ? Label("init -> ", in.label) : Label("init");
    Text  const service(in.service);

    if (service == Text("ROM"))
        return _open_rom(in.id, label);

    if (service == Text("LOG"))
        return outcome(create<Log_session>(_heap, _sessions, in.id, label));

    if (service == Text("PD"))
        return outcome(create<Pd>(_heap, _heap, _pds, _sessions, in.id, label));

    return Result::DENIED;
}


void Init_parent::_open(Request &request)
{
    request.arg<Protocol::Parent::Open::In>().with(
        [&] (auto in) {
            Result const result = _open(in);

            if (!ok(result))
                return request.reply(result);

            Session *const session = _session(in.id);

            if (valid(session->cap()))
                return request.reply_cap(session->cap());

            destroy(_heap, session);
            request.reply(Result::OUT_OF_CAPS); },
        [&] (Result error) { request.reply(error); });
}


void Init_parent::_close(Request &request)
{
    request.arg<Protocol::Parent::Close::In>().with(
        [&] (auto in) {
            Session *const session = _session(in.id);
            destroy(_heap, session);
            request.reply(session ? Result::OK : Result::NOT_FOUND); },
        [&] (Result error) { request.reply(error); });
}


void Init_parent::handle_request(Request &request)
{
    namespace P = Protocol::Parent;

    switch (request.opcode()) {

    case P::Open::OP:         return _open(request);
    case P::Close::OP:        return _close(request);
    case P::Poll::OP:         return request.reply(Result::NOT_FOUND);
    case P::Session_sigh::OP: return request.reply(Result::OK);

    case P::Announce::OP:
    case P::Fetch::OP:
    case P::Deliver::OP:
    case P::Resource::OP:
        return request.reply(Result::DENIED);

    case P::Exit::OP:
        log("core: init exited with exit value ", request.arg<P::Exit::In>().with(
            [] (auto in) { return in.value; },
            [] (Result)  { return -1; }));

        /* without a reply, init stays where it is */
        (void)request.defer();
        return;
    }
    request.reply(Result::UNKNOWN_OPCODE);
}


bool Init_parent::start_init(uint64_t ram_quota)
{
    long const ld = open_module("ld.lib.so"), program = open_module("init");

    if (ld      < 0) log("Error: no boot module \"ld.lib.so\"");
    if (program < 0) log("Error: no boot module \"init\"");

    if (ld < 0 || program < 0)
        return false;

    _init.quota(ram_quota);

    bool const started = ok(_init.start(Cap(ld), Cap(program), cap(), Cap::INVALID));

    (void)Linux::close(int(ld));
    (void)Linux::close(int(program));
    return started;
}
