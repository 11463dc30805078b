/*
 * Protection domain: a component as seen by the kernel
 */

#pragma once

#include <address_space.h>
#include <base/protocol.h>
#include <cap_space.h>
#include <console.h>
#include <thread.h>

namespace Hw {

    class Label;

    using Fault_kind = Genode::Protocol::Pd::Fault_kind;
}


/*
 * Name of a component or session, possibly cut off at the end
 */
class Hw::Label
{
    private:

        static constexpr size_t MAX_LENGTH = Genode::Protocol::LABEL_LEN + 16;

        char   _text[MAX_LENGTH];
        size_t _length = 0;

        void _append(char const *s) {
            while (*s && _length < MAX_LENGTH) _text[_length++] = *s++; }

    public:

        /* 'label' as given by the component named 'prefix' */
        Label(char const *prefix, char const *label)
        {
            _append(prefix);
            if (*label) {
                _append(" -> ");
                _append(label);
            }
        }

        Text text() const { return { _text, _length }; }
};


/*
 * The object occupies a page of its own. That page is charged to the component
 * that had core create the protection domain. Everything else is paid from the
 * domain's own account.
 */
class Hw::Pd : public Object
{
    public:

        using State = Genode::Protocol::Pd::Status::State;

        Label const   label;
        Account       account { 0 };
        Address_space space   { account };
        Cap_space     caps    { account };
        Thread        thread  { *this };

        Genode::List<Dataspace> dataspaces { };   /* charged to 'account' */

    private:

        static constexpr unsigned MAX_PDS = 1024;

        static Pd *_pds[MAX_PDS];

        Account &_creator;
        unsigned _index;
        bool     _closed = false;

        Pd  *_quota_from = nullptr;   /* whom the quota goes back to */
        bool _quota_fixed = false;    /* quota came from core, at boot time */

        State      _state      = State::CREATED;
        Fault_kind _fault_kind = Fault_kind::NO_FAULT;
        addr_t     _fault_addr = 0, _fault_ip = 0;

        Ref<Rpc_object> _fault_handler { };

        Pd(Account &creator, unsigned index, Label const &label)
        : Object(Type::PD), label(label), _creator(creator), _index(index) { }

        void _free() override;

        Result _serve_start(Core_request &);
        Result _serve_transfer(Core_request &);
        Result _serve_status(Core_request &);

        Result _construct_and_load(Dataspace &ld, Dataspace &program, Object &parent);
        void   _release_memory();

    public:

        /*
         * Create protection domain without quota, paid by 'creator'
         *
         * \return nothing if the account does not suffice, or there are too many
         */
        static Ref<Pd> create(Account &creator, Label const &);

        /* \return nullptr if there is none with this index */
        static Pd *at(unsigned index) { return index < MAX_PDS ? _pds[index] : nullptr; }

        unsigned index() const { return _index; }

        /* provide the initial quota, at boot time */
        void grant(size_t bytes) { account.grant(bytes); _quota_fixed = true; }

        /*
         * Load the run-time linker and start the thread
         *
         * \param handler  object to be notified if the component faults, or nullptr
         *
         * \return OK, BAD_STATE, BAD_ARGUMENT, or OUT_OF_RAM
         */
        Result start(Dataspace &ld, Dataspace &program, Object &parent, Rpc_object *handler);

        /*
         * Stop the component because of an exception, and report it
         */
        void fault(Fault_kind, addr_t addr, addr_t ip);

        /*
         * Stop the component and release everything it has
         */
        void close() override;

        Result serve(Core_request &) override;
};


inline Hw::Pd *Hw::Object::pd() {
    return _type == Type::PD ? static_cast<Pd *>(this) : nullptr; }
