/*
 * Core in its role as the parent of init
 */

#pragma once

#include <pd.h>

namespace Core { class Init_parent; }


class Core::Init_parent : public Object
{
    private:

        Heap         &_heap;
        List<Pd>      _pds { };
        List<Session> _sessions { };

        /* init itself, not one of its sessions */
        List<Session> _none { };
        Pd            _init { _heap, _pds, _none, 0, "init" };

        Result _open_rom(uint32_t id, Label const &);
        Result _open(Protocol::Parent::Open::In const &);
        void   _open(Request &);
        void   _close(Request &);

        Session *_session(uint32_t id)
        {
            return _sessions.find([&] (Session &s) { return s.id == id; });
        }

    public:

        explicit Init_parent(Heap &heap) : _heap(heap) { }

        /* true if init is up and running */
        bool start_init(uint64_t ram_quota);

        void handle_request(Request &) override;
};
