/*
 * Protection domain: a Linux process with a RAM quota
 */

#pragma once

#include <session.h>

namespace Core {

    class  Pd;
    struct Ram_block;

    /* the host's device behind all memory, which tells it from ROM modules */
    uint64_t memory_device();
}


/* memory handed out to a component */
struct Core::Ram_block
{
    List<Ram_block>::Element elem { *this };

    uint32_t const id;
    uint64_t const inode;
    size_t   const size;

    Ram_block(uint32_t id, uint64_t inode, size_t size) : id(id), inode(inode), size(size) { }
};


class Core::Pd : public Session
{
    private:

        using Status = Protocol::Pd::Status;
        using Fault  = Protocol::Pd::Fault_kind;

        Heap &_heap;

        List<Pd>         &_pds;
        List<Pd>::Element _pd_elem { *this };

        List<Ram_block> _ram { };
        uint32_t        _next_ram_id = 0;
        uint64_t        _ram_quota = 0, _ram_used = 0;
        Pd             *_account = nullptr;   /* where the quota goes at the end */

        Status::State _state      = Status::CREATED;
        Fault         _fault_kind = Fault::NO_FAULT;
        uint64_t      _fault_addr = 0, _fault_ip = 0;
        Cap           _fault_sigh = Cap::INVALID;

        int _pid = 0, _pidfd = -1;

        [[noreturn]] void _become_component(Cap ld, Cap program, Cap parent) const;

        void   _start(Request &);
        Result _start_process(Cap ld, Cap program, Cap parent);

        void _end_process();
        void _fault(Fault, uint64_t addr, uint64_t ip);
        void _ram_alloc(Request &);
        void _ram_free(Request &);
        void _check_dataspace(Request &) const;
        void _transfer(Request &);
        void _status(Request &) const;

    public:

        Pd(Heap &, List<Pd> &, List<Session> &, uint32_t id, Label const &);

        ~Pd();

        void quota(uint64_t bytes) { _ram_quota = bytes; }

        /* takes over 'fault_sigh' if the result is OK */
        Result start(Cap ld, Cap program, Cap parent, Cap fault_sigh);

        void handle_request(Request &) override;

        /* the process ended */
        void handle_notification() override;
};
