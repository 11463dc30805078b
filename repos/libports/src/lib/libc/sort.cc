/*
 * Sorting and searching
 */

#include <stdlib.h>

namespace {

    using Compare = int (*)(void const *, void const *);

    /* an array to be sorted by heap sort: in place, and without bad cases */
    struct Array
    {
        char   *start;
        size_t  size;      /* of an element */
        Compare compare;

        char *at(size_t i) const { return start + i*size; }

        bool less(size_t i, size_t j) const { return compare(at(i), at(j)) < 0; }

        void swap(size_t i, size_t j) const
        {
            char *a = at(i), *b = at(j);

            for (size_t n = 0; n < size; n++) {
                char const c = a[n];
                a[n] = b[n];
                b[n] = c;
            }
        }

        /* let element 'i' sink below its larger children */
        void sink(size_t i, size_t number) const
        {
            for (size_t child = 0; (child = 2*i + 1) < number; i = child) {

                if (child + 1 < number && less(child, child + 1))
                    child++;

                if (!less(i, child))
                    return;

                swap(i, child);
            }
        }
    };
}


void qsort(void *start, size_t number, size_t size, Compare compare)
{
    Array const array { static_cast<char *>(start), size, compare };

    for (size_t i = number/2; i-- > 0; )
        array.sink(i, number);

    for (size_t i = number; i-- > 1; ) {
        array.swap(0, i);
        array.sink(0, i);
    }
}


void *bsearch(void const *key, void const *start, size_t number, size_t size, Compare compare)
{
    char const *at = static_cast<char const *>(start);

    while (number) {

        char const *const middle = at + number/2*size;
        int  const        order  = compare(key, middle);

        if (!order)
            return const_cast<char *>(middle);

        if (order > 0) {
            at      = middle + size;
            number -= number/2 + 1;
        } else
            number /= 2;
    }
    return nullptr;
}
