/*
 * Thread of a component: execution state and life cycle
 */

#include <pd.h>
#include <scheduler.h>
#include <slab.h>
#include <timer.h>

using namespace Hw;

using Genode::Platform::Event;

namespace { constinit Genode::List<Thread> faulted_threads { }; }


void Rpc_object::_free() { Slab::destroy(*this); }


void Thread::_set_state(State state)
{
    if (state == _state)
        return;

    if (_state == State::READY)   Scheduler::remove(*this);
    if (_state == State::WAITING) Scheduler::remove_waiting(*this);

    _state = state;

    if (_state == State::READY)   Scheduler::add(*this);
    if (_state == State::WAITING) Scheduler::add_waiting(*this);
}


void Thread::start(addr_t ip, addr_t sp)
{
    fpu.reset();
    context.start(ip, sp);
    _set_state(State::READY);
}


void Thread::stop()
{
    _withdraw_call();
    _set_state(State::STOPPED);
    faulted_threads.remove(_schedule_link);

    /* all callers at once, so the objects need not look for theirs one by one */
    _pending.for_each([&] (Pending &pending) {
        _pending.remove(pending.element);
        if (pending.kind == Pending::Kind::REQUEST)
            static_cast<Thread &>(pending)._finish_call(Result::DEAD);
    });

    _served.for_each([&] (Thread &caller) {
        _served.remove(caller._served_link);
        caller._finish_call(Result::DEAD);
    });

    _objects.for_each([&] (Rpc_object &object) { _kill(object); });
}


void Thread::_memory_fault(addr_t addr)
{
    _withdraw_call();
    _set_state(State::STOPPED);
    _buffer = addr;
    faulted_threads.append(_schedule_link);
}


void Thread::handle_memory_faults()
{
    while (Thread * const t = faulted_threads.first()) {
        faulted_threads.remove(t->_schedule_link);
        t->pd.fault(Fault_kind::PAGE_FAULT, t->_buffer, t->context.rip);
    }
}


/*
 * Objects
 */

Result Thread::object_create(uint64_t badge, Cap &out)
{
    Ref<Rpc_object> const object = Slab::create<Rpc_object>(*this, badge);
    if (!object)
        return Result::OUT_OF_RAM;

    Result const result = pd.caps.insert(*object, out);
    if (ok(result)) {
        object->acquire();
        _objects.append(object->owner_element);
    }
    return result;
}


void Thread::_kill(Rpc_object &object)
{
    _objects.remove(object.owner_element);
    _pending.remove(object.Pending::element);

    object.owner = nullptr;

    _pending.for_each([&] (Pending &pending) {

        if (pending.kind != Pending::Kind::REQUEST)
            return;

        Thread &caller = static_cast<Thread &>(pending);
        if (caller._target.get() != &object)
            return;

        _pending.remove(caller.element);
        caller._finish_call(Result::DEAD);
    });

    object.release();
}


void Thread::object_destroy(Cap cap)
{
    Object     * const object     = pd.caps.lookup(cap);
    Rpc_object * const rpc_object = object ? object->rpc_object() : nullptr;

    if (!rpc_object || rpc_object->owner != this)
        return;

    _kill(*rpc_object);
    pd.caps.remove(cap);
}


/*
 * Events
 */

void Thread::notify(Rpc_object &object)
{
    if (!object.owner || object.notified)
        return;

    Thread &owner = *object.owner;

    object.notified = true;
    owner._pending.append(object.Pending::element);

    if (owner._state == State::WAITING)
        owner._deliver();
}


void Thread::notify(Cap cap)
{
    Object     * const object     = pd.caps.lookup(cap);
    Rpc_object * const rpc_object = object ? object->rpc_object() : nullptr;

    if (rpc_object)
        notify(*rpc_object);
}


void Thread::wait(addr_t message, uint64_t deadline_us)
{
    _buffer = message;

    if (_deliver())
        return;

    if (deadline_us <= Timer::now_us()) {
        context.rax = uint64_t(Event::Kind::DEADLINE);
        return;
    }

    _deadline = deadline_us;
    _set_state(State::WAITING);
}


void Thread::deadline_reached()
{
    context.rax = uint64_t(Event::Kind::DEADLINE);
    _set_state(State::READY);
}


void Thread::_deliver_notification(Rpc_object &object)
{
    object.notified = false;

    context.rax = uint64_t(Event::Kind::NOTIFICATION);
    context.rdx = object.badge;
    context.r8  = 0;

    _set_state(State::READY);
}


bool Thread::_deliver()
{
    while (Pending * const pending = _pending.first()) {

        _pending.remove(pending->element);

        switch (pending->kind) {

        case Pending::Kind::NOTIFICATION:
            _deliver_notification(static_cast<Rpc_object &>(*pending));
            return true;

        case Pending::Kind::REQUEST:
            if (_deliver_request(static_cast<Thread &>(*pending)))
                return true;
            break;
        }
    }
    return false;
}
