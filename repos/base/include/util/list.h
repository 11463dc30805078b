/*
 * Doubly linked list whose elements carry the links themselves
 *
 * An element may be removed, and destroyed, while the list is being walked.
 */

#pragma once

#include <base/types.h>

namespace Genode { template <typename T> class List; }


template <typename T>
class Genode::List : Noncopyable
{
    public:

        class Element;

    private:

        Element *_first = nullptr, *_last = nullptr;

    public:

        bool empty() const { return !_first; }

        void append(Element &);
        void remove(Element &);

        T *first() { return _first ? &_first->_object : nullptr; }

        /* call 'fn' for each object, which may remove the object it is called for */
        void for_each(auto const &fn)
        {
            for (Element *e = _first; e; ) {
                Element *next = e->_next;
                fn(e->_object);
                e = next;
            }
        }

        void for_each(auto const &fn) const
        {
            for (Element const *e = _first; e; e = e->_next)
                fn(static_cast<T const &>(e->_object));
        }

        /* first object for which 'pred' holds, or null */
        T *find(auto const &pred)
        {
            for (Element *e = _first; e; e = e->_next)
                if (pred(e->_object))
                    return &e->_object;

            return nullptr;
        }
};


template <typename T>
class Genode::List<T>::Element : Noncopyable
{
    private:

        friend class List;

        T       &_object;
        List    *_list = nullptr;
        Element *_prev = nullptr, *_next = nullptr;

    public:

        explicit Element(T &object) : _object(object) { }

        ~Element() { if (_list) _list->remove(*this); }
};


template <typename T>
void Genode::List<T>::append(Element &e)
{
    e._list = this;
    e._prev = _last;
    e._next = nullptr;

    (_last ? _last->_next : _first) = &e;
    _last = &e;
}


template <typename T>
void Genode::List<T>::remove(Element &e)
{
    if (e._list != this)
        return;

    (e._prev ? e._prev->_next : _first) = e._next;
    (e._next ? e._next->_prev : _last)  = e._prev;

    e._list = nullptr;
    e._prev = e._next = nullptr;
}
