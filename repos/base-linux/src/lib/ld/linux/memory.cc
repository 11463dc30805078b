/*
 * Mapping of dataspaces, which are file descriptors
 */

#include <linux/platform.h>
#include <linux/syscall.h>

using namespace Genode;
using namespace Linux;

namespace {

    struct Mapping { void *addr; size_t size; };

    /* unmapping needs the size, which callers need not remember */
    Mapping mappings[MAX_FDS];

    Mapping *mapping_at(void *addr)
    {
        for (Mapping &mapping : mappings)
            if (mapping.addr == addr)
                return &mapping;

        return nullptr;
    }
}


Result Platform::attach(Cap ds, uint32_t flags, size_t offset, size_t size,
                        addr_t at, Attached &out)
{
    Stat stat { };
    if (fd(ds) < fd(Cap::PARENT) || fstat(fd(ds), stat) < 0 || !regular_file(stat))
        return Result::INVALID_CAP;

    if (!dataspace_alive(ds))
        return Result::INVALID_CAP;

    size_t const total = page_aligned(size_t(stat.size));

    if (offset % PAGE_SIZE || at % PAGE_SIZE || offset >= total || size > total - offset
     || (flags & WRITEABLE && flags & EXECUTABLE))
        return Result::BAD_ARGUMENT;

    Mapping *const mapping = mapping_at(nullptr);
    if (!mapping)
        return Result::OUT_OF_RAM;

    size = page_aligned(size ? size : total - offset);

    int const prot = PROT_READ | (flags & WRITEABLE  ? PROT_WRITE : 0)
                               | (flags & EXECUTABLE ? PROT_EXEC  : 0);

    long const ret = mmap(at, size, prot, MAP_SHARED | (at ? MAP_FIXED_NOREPLACE : 0),
                          fd(ds), offset);
    if (ret < 0)
        return ret == -EACCES ? Result::DENIED
             : ret == -ENOMEM ? Result::OUT_OF_RAM : Result::BAD_ARGUMENT;

    *mapping = { reinterpret_cast<void *>(ret), size };
    out      = { mapping->addr, size };
    return Result::OK;
}


void Platform::detach(void *addr)
{
    Mapping *const mapping = addr ? mapping_at(addr) : nullptr;
    if (!mapping)
        return;

    (void)munmap(mapping->addr, mapping->size);
    *mapping = { };
}
