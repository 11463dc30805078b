/*
 * Test of the kernel interface: ends of components, objects, and memory
 */

#include <test.h>

using namespace Test;

using Platform::Event;
using Platform::Token;


void Test::test_caller_dies(Original &o)
{
    Token token = Token::NONE;
    {
        Copy copy(o, Role::DEFERRED);
        token = o.request(copy, Defer::OP);
    }
    o.check("caller destroyed while it waits for us", token != Token::NONE);

    o.reply(token);
    o.check("nothing happens", Platform::wait(o.msg, 0).kind == Event::Kind::DEADLINE);

    /* a next caller may get what the dead one had, but not be mistaken for it */
    Copy next(o, Role::DEFERRED);
    Token const next_token = o.request(next, Defer::OP);
    o.reply(token, Result::DENIED);

    Defer::Out const out { 77 };
    o.msg.tag       = uint32_t(Result::OK);
    o.msg.num_bytes = sizeof(out);
    o.msg.num_caps  = 0;
    memcpy(o.msg.bytes, &out, sizeof(out));
    Platform::reply(next_token, o.msg);

    o.check("a next caller is not affected", o.report(next) == 77);
}


/*
 * Outcomes of calls to a server
 */
struct Outcomes { unsigned dead, pending, other; bool faulted; };


/*
 * Let clients call a server twice each, and count how their calls end
 *
 * \param op  what the server does upon the first request, IGNORE: it is closed from outside
 */
static Outcomes call_server(Original &o, uint32_t op, unsigned num_clients)
{
    Copy server(o, Role::SERVER);

    Cap object = Cap::INVALID;
    (void)o.report(server, &object);

    Copy first(o, Role::CLIENT, op, object);

    if (op == Server::IGNORE) {
        /* it is up to the scheduler whether the client gets as far as to its call */
        (void)o.report(first);
        Platform::wait(o.msg, Platform::now_us() + 50'000);
        server.close();
    }

    Copy second(o, num_clients > 1 ? Role::CLIENT : Role::SLEEPER, op, object);

    Outcomes outcomes { 0, 0, 0, false };

    bool const fault_expected = (op == Server::FAULT);

    for (unsigned reports = 0; reports < 2*num_clients || outcomes.faulted != fault_expected; ) {

        Event const event = o.next_event();

        if (event.kind == Event::Kind::DEADLINE)
            break;

        if (event.kind == Event::Kind::NOTIFICATION) {
            auto const status = server.status();
            outcomes.faulted = (event.badge == Original::FAULT_BADGE)
                            && status.state      == Protocol::Pd::Status::FAULTED
                            && status.fault_kind == Protocol::Pd::ILLEGAL_INSTRUCTION;
            continue;
        }

        uint64_t value = 0;
        memcpy(&value, o.msg.bytes, sizeof(value));
        o.reply(event.token);
        reports++;

        switch (Result(value)) {
        case Result::DEAD:    outcomes.dead++;    break;
        case Result::PENDING: outcomes.pending++; break;
        default:              outcomes.other++;
        }
    }
    Platform::cap_drop(object);
    return outcomes;
}


void Test::test_server_dies(Original &o)
{
    Outcomes const fault = call_server(o, Server::FAULT, 1);
    o.check("calls to a faulted server are dead", fault.faulted && fault.dead == 2);

    Outcomes const faults = call_server(o, Server::FAULT, 2);
    o.check("those of all of its clients", faults.faulted && faults.dead == 4);

    Outcomes const close = call_server(o, Server::IGNORE, 1);
    o.check("calls to a destroyed server are dead", close.dead == 2);

    Outcomes const destroy = call_server(o, Server::DESTROY_OBJECT, 1);
    o.check("a request outlives its object, a later one is dead",
            destroy.pending == 1 && destroy.dead == 1);

    Outcomes const queue = call_server(o, Server::DESTROY_WITH_QUEUE, 2);
    o.check("requests that queue at a destroyed object are dead",
            queue.pending == 1 && queue.dead == 3);
}


void Test::test_memory_outlives_creator(Original &o)
{
    uint64_t const ram = o.ram_avail();

    Cap ds = Cap::INVALID;
    Platform::Attached attached { };
    {
        Copy owner(o, Role::OWNER);

        /* the owner frees the memory as soon as its report is answered */
        Token const token = o.request(owner, Report::OP);

        ds = o.msg.num_caps ? o.msg.caps[0] : Cap::INVALID;

        bool const done = ok(Platform::attach(ds, Platform::READ_ONLY, 0, 0, 0, attached));
        o.check("memory of another component", done && attached.size == 3*PAGE_SIZE);
        if (!done)
            return;

        o.reply(token);
        (void)o.report(owner);

        Platform::Attached again { };
        o.check("freed by its owner, it cannot be attached any more",
                Platform::attach(ds, Platform::READ_ONLY, 0, 0, 0, again) == Result::INVALID_CAP);
    }

    {
        Copy owner(o, Role::OWNER);

        (void)o.request(owner, Report::OP);
        Cap const lost = o.msg.num_caps ? o.msg.caps[0] : Cap::INVALID;
        owner.close();

        Platform::Attached none { };
        o.check("nor can what an ended component did not free",
                Platform::attach(lost, Platform::READ_ONLY, 0, 0, 0, none) == Result::INVALID_CAP);
        Platform::cap_drop(lost);
    }

    char const volatile * const p = static_cast<char const *>(attached.addr);

    bool intact = true;
    for (size_t i = 0; i < 3*PAGE_SIZE; i++)
        intact &= (p[i] == pattern(i, 5));

    o.check("what is attached stays, even if the owner ends", intact);

    Platform::detach(attached.addr);
    Platform::cap_drop(ds);
    o.check("at last its quota came back", o.ram_avail() >= ram - PAGE_SIZE);
}


void Test::test_quota(Original &o)
{
    using Status = Protocol::Pd::Status;

    uint64_t const ram = o.ram_avail();
    {
        Copy copy(o, Role::SLEEPER, 0, Cap::INVALID, PAGE_SIZE);
        o.check("too little quota to start", copy.started == Result::OUT_OF_RAM
                                          && copy.status().state == Status::CREATED);

        o.check("no more quota than there is",
                copy.transfer_quota(o.ram_avail() + 1) == Result::OUT_OF_RAM);

        o.check("a transfer of no certain amount is refused",
                Call(Protocol::Pd::Transfer::OP).cap(Cap::PD).to(Cap::PD) == Result::BAD_ARGUMENT);

        o.check("start with more quota", ok(copy.transfer_quota(Copy::QUOTA - PAGE_SIZE))
                                      && ok(copy.start()));

        auto const status = copy.status();
        o.check("status", status.state == Status::RUNNING && status.ram_quota == Copy::QUOTA
                       && status.ram_used && status.ram_used <= status.ram_quota);

        o.check("started is started", copy.start() == Result::BAD_STATE);

        o.check("512 KiB are enough for a component",
                ok(Copy(o, Role::SLEEPER, 0, Cap::INVALID, 512*1024).started));
    }
    o.check("closing gives the quota back", o.ram_avail() >= ram - PAGE_SIZE);
}
