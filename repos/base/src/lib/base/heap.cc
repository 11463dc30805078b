/*
 * Dynamic memory
 */

#include <base/heap.h>

using namespace Genode;

/*
 * Precedes each block, so that 'free' needs nothing but the address
 */
struct Heap::Block
{
    static constexpr uint32_t LARGE = ~0u;

    union {
        Block   *next;          /* while free */
        uint64_t reserved;
    };
    uint32_t size_class;        /* or LARGE */
    Cap      ds;                /* of a large block */

    void *payload() { return this + 1; }
};


Attempt<Heap::Block *> Heap::_alloc_large(size_t size)
{
    Cap ds = Cap::INVALID;

    Result result = Platform::ram_alloc(size, ds);
    if (!ok(result))
        return result;

    Platform::Attached attached { };

    result = Platform::attach(ds, Platform::WRITEABLE, 0, 0, 0, attached);
    if (!ok(result)) {
        Platform::ram_free(ds);
        return result;
    }

    Block *const block = static_cast<Block *>(attached.addr);
    block->size_class = Block::LARGE;
    block->ds         = ds;
    return block;
}


Attempt<Heap::Block *> Heap::_alloc_small(unsigned size_class)
{
    if (Block *const block = _free[size_class]) {
        _free[size_class] = block->next;
        return block;
    }

    size_t const size = MIN_BLOCK << size_class;

    if (_chunk_len < size) {

        /*
         * The rest of the old chunk, less than the size of the largest class,
         * is given up, as is the chunk itself: small blocks return to their
         * lists, never to the kernel.
         */
        Attempt<Block *> const chunk = _alloc_large(CHUNK);
        if (!chunk.ok())
            return chunk;

        _chunk     = static_cast<char *>(chunk.value()->payload());
        _chunk_len = CHUNK - sizeof(Block);
    }

    Block *const block = reinterpret_cast<Block *>(_chunk);
    block->size_class = size_class;

    _chunk     += size;
    _chunk_len -= size;
    return block;
}


Attempt<void *> Heap::alloc(size_t size)
{
    size_t total = 0;
    if (__builtin_add_overflow(size, sizeof(Block), &total))
        return Result::OUT_OF_RAM;

    unsigned size_class = 0;
    while (size_class < NUM_CLASSES && (MIN_BLOCK << size_class) < total)
        size_class++;

    Attempt<Block *> const block = size_class < NUM_CLASSES ? _alloc_small(size_class)
                                                            : _alloc_large(total);

    return block.with([] (Block *b) -> Attempt<void *> { return b->payload(); },
                      [] (Result r) -> Attempt<void *> { return r; });
}


void Heap::free(void *ptr)
{
    if (!ptr)
        return;

    Block *const block = static_cast<Block *>(ptr) - 1;

    if (block->size_class == Block::LARGE) {
        Cap const ds = block->ds;
        Platform::detach(block);
        Platform::ram_free(ds);
        return;
    }

    block->next = _free[block->size_class];
    _free[block->size_class] = block;
}
