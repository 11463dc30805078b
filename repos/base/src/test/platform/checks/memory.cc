/*
 * RAM, dataspaces, and quotas
 */

#include <checks.h>

using namespace Test;

namespace {

    using namespace Platform;

    Result attach_result(Cap ds, uint32_t flags, size_t offset, size_t size, addr_t at = 0)
    {
        Attached attached { };
        Result const result = attach(ds, flags, offset, size, at, attached);
        if (ok(result))
            detach(attached.addr);
        return result;
    }

    bool zeroed(Attached const &memory)
    {
        for (size_t i = 0; i < memory.size; i++)
            if (static_cast<char const *>(memory.addr)[i])
                return false;
        return true;
    }
}


void Test::check_memory(Env &env)
{
    title("memory");

    Cap ds = Cap::INVALID, none = Cap::INVALID;

    show("allocate nothing", ram_alloc(0, none));
    show("allocate more than there is", ram_alloc(1ull << 40, none));
    show("allocate all address space", ram_alloc(~0ull, none));

    /*
     * A kernel may charge what it needs for keeping track of mappings, and keep it
     * for later ones at the same places. So each place is used once before the
     * quota is looked at.
     */
    (void)attach_result(Cap::PROGRAM, READ_ONLY, 0, 0, 0x0f000000);
    (void)Attached_ram(64*1024);

    uint64_t const avail = env.ram_avail();
    show("allocate two pages", ram_alloc(PAGE_SIZE + 1, ds));
    show("quota is charged", env.ram_avail() + 2*PAGE_SIZE <= avail);

    Attached memory { }, alias { };
    show("attach", attach(ds, WRITEABLE, 0, 0, 0, memory));
    show("size is rounded to pages", memory.size == 2*PAGE_SIZE);
    show("memory is zeroed", zeroed(memory));

    show("attach second page", attach(ds, READ_ONLY, PAGE_SIZE, 1, 0, alias));
    static_cast<char *>(memory.addr)[PAGE_SIZE] = 'x';
    show("mappings show the same memory", *static_cast<char *>(alias.addr) == 'x');

    show("attach at a used address",
         attach_result(ds, READ_ONLY, 0, 0, reinterpret_cast<addr_t>(memory.addr)));
    show("attach at a free address", attach_result(ds, WRITEABLE, 0, 0, 0x0f000000));
    show("attach at an odd address", attach_result(ds, READ_ONLY, 0, 0, 0x0f000001));
    show("attach at an odd offset",  attach_result(ds, READ_ONLY, 1, 0));
    show("attach beyond the end",    attach_result(ds, READ_ONLY, 2*PAGE_SIZE, 0));
    show("attach too much",          attach_result(ds, READ_ONLY, 0, 3*PAGE_SIZE));
    show("attach endlessly much",    attach_result(ds, READ_ONLY, PAGE_SIZE, ~0ull - 100));
    show("attach write-execute",     attach_result(ds, WRITEABLE | EXECUTABLE, 0, 0));
    show("attach no dataspace",      attach_result(Cap::PARENT, READ_ONLY, 0, 0));
    show("attach nothing",           attach_result(Cap::INVALID, READ_ONLY, 0, 0));
    show("attach program writeable", attach_result(Cap::PROGRAM, WRITEABLE, 0, 0));
    show("attach program",           attach_result(Cap::PROGRAM, READ_ONLY, 0, 0));

    detach(memory.addr);
    detach(alias.addr);
    ram_free(ds);

    show("quota is returned", env.ram_avail() == avail);

    /* anything allocated repeatedly without an end would show here */
    for (unsigned i = 0; i < 2000; i++) {
        Attached_ram const ram(64*1024);
        if (!ram.size()) {
            log("allocation ", i, " failed");
            break;
        }
    }
    show("quota is the same after 2000 rounds", env.ram_avail() == avail);

    show("heap block is aligned", env.heap().alloc(100).with(
        [&] (void *ptr) {
            bool const aligned = reinterpret_cast<addr_t>(ptr) % 16 == 0;
            env.heap().free(ptr);
            return aligned; },
        [] (Result) { return false; }));

    show("heap refuses too much", env.heap().alloc(1ull << 40).with(
        [] (void *)   { return Result::OK; },
        [] (Result r) { return r; }));
}
