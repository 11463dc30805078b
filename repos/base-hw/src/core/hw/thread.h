/*
 * Thread of a component: execution state and communication
 */

#pragma once

#include <context.h>
#include <object.h>
#include <util/list.h>

namespace Hw {

    struct Pending;
    class  Thread;
}


/*
 * Something that a component will receive by its next 'wait'
 */
struct Hw::Pending : Noncopyable
{
    enum class Kind : uint32_t { NOTIFICATION, REQUEST } const kind;

    Genode::List<Pending>::Element element { *this };

    explicit Pending(Kind kind) : kind(kind) { }
};


/*
 * Object created by a component, which handles the requests to it
 */
class Hw::Rpc_object : public Object, public Pending
{
    private:

        void _free() override;

    public:

        Thread        *owner;       /* nullptr if the object is dead */
        uint64_t const badge;
        bool           notified = false;

        Genode::List<Rpc_object>::Element owner_element { *this };

        Rpc_object(Thread &owner, uint64_t badge)
        : Object(Type::RPC), Pending(Kind::NOTIFICATION), owner(&owner), badge(badge) { }
};


inline Hw::Rpc_object *Hw::Object::rpc_object() {
    return _type == Type::RPC ? static_cast<Rpc_object *>(this) : nullptr; }


/*
 * The thread is in exactly one of these situations
 *
 *   STOPPED  not started yet, faulted, closed, or stopped by itself
 *   READY    running, or going to
 *   WAITING  in 'wait', nothing pending
 *   CALLING  request pending at the server or being processed by it
 *
 * A system call that blocks leaves its arguments here, and whoever ends the
 * blocking puts the results into the registers and the buffer of the thread.
 */
class Hw::Thread : public Pending
{
    public:

        enum class State : uint32_t { STOPPED, READY, WAITING, CALLING };

        Pd       &pd;
        Context   context { };
        Fpu_state fpu     { };

    private:

        friend class Scheduler;

        using Link         = Genode::List<Thread>::Element;
        using Rpc_objects  = Genode::List<Rpc_object>;

        State _state = State::STOPPED;

        Link _schedule_link { *this };     /* ready, with a deadline, or with a fault to handle */
        Link _served_link   { *this };     /* callers that wait for the reply of one server */

        uint64_t _deadline = 0;

        /* place of the message given to 'call' or 'wait', after a fault the faulted address */
        addr_t _buffer = 0;

        /* request in transit, kept by the caller */
        Message         _message { };
        Ref<Object>     _message_caps[Message::MAX_CAPS] { };
        Ref<Rpc_object> _target { };         /* called object */
        Thread         *_server = nullptr;   /* its owner while in state CALLING */
        bool            _delivered = false;  /* the server has the request */
        uint64_t        _call_number = 0;    /* different for each call of all threads */

        /* server side */
        Rpc_objects           _objects { };
        Genode::List<Pending> _pending { };
        Genode::List<Thread>  _served  { };

        void _set_state(State);

        /*
         * Transfer between kernel and component
         */

        enum class Read { OK, MALFORMED, FAULTED };

        Read _read_message(Message &, addr_t);

        /* write to the place given by 'call' or 'wait', \return false on fault */
        bool _write_message(Message &header, void const *bytes);

        /* \return false if a capability is invalid */
        bool _resolve_caps(Message const &, Ref<Object> (&)[Message::MAX_CAPS]);

        Result _insert_caps(Ref<Object> const *, unsigned num, Cap (&)[Message::MAX_CAPS]);

        void _clear_message_caps();

        void _memory_fault(addr_t);

        /*
         * Client side
         */

        void _call_core(Object &);

        /* end the current call, and continue */
        void _finish_call(Result);
        void _finish_call(uint32_t tag, void const *bytes, size_t num_bytes,
                          Ref<Object> const *caps, unsigned num_caps);

        /* forget the current call without continuing */
        void _withdraw_call();

        uint64_t _token() const;

        /*
         * Server side
         */

        /* \return true if there was something to deliver, so the thread does not wait */
        bool _deliver();
        bool _deliver_request(Thread &caller);
        void _deliver_notification(Rpc_object &);

        /* \return nullptr if the token is not, or no longer, valid for this server */
        Thread *_caller_of(uint64_t token);

        void _kill(Rpc_object &);

    public:

        explicit Thread(Pd &pd) : Pending(Kind::REQUEST), pd(pd) { }

        bool ready() const { return _state == State::READY; }

        void start(addr_t ip, addr_t sp);

        /*
         * Never run again, and let everybody know who depends on the thread
         */
        void stop();

        /*
         * Be stopped without further consequences
         */
        void park() { _set_state(State::STOPPED); }

        /*
         * System calls, see 'repos/base/doc/kernel-interface.md'
         */
        Result object_create(uint64_t badge, Cap &out);
        void   object_destroy(Cap);
        void   call(Cap, addr_t message);
        void   wait(addr_t message, uint64_t deadline_us);
        void   reply(uint64_t token, addr_t message);
        void   notify(Cap);

        static void notify(Rpc_object &);

        /* called by the scheduler when the deadline of 'wait' has passed */
        void deadline_reached();

        /*
         * Let those threads fault whose message buffers turned out to be inaccessible
         *
         * This is put off until the operation in progress is done, because the fault
         * of one thread may be discovered while another one ends.
         */
        static void handle_memory_faults();
};
