/*
 * What a component gets at its start
 */

#pragma once

#include <base/entrypoint.h>
#include <base/heap.h>
#include <base/parent.h>

namespace Genode { class Env; }


class Genode::Env : Noncopyable
{
    private:

        Entrypoint &_ep;
        Parent     &_parent;
        Heap       &_heap;

    public:

        Env(Entrypoint &ep, Parent &parent, Heap &heap)
        : _ep(ep), _parent(parent), _heap(heap) { }

        Entrypoint &ep()     { return _ep; }
        Parent     &parent() { return _parent; }
        Heap       &heap()   { return _heap; }

        /* unused part of the component's RAM quota, in bytes */
        uint64_t ram_avail();
};
