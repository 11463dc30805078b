/*
 * The platform functions that differ between core and components
 */

#include <linux/platform.h>
#include <linux/syscall.h>
#include <pd.h>

using namespace Genode;


/* core is not subject to any quota */
Result Platform::ram_alloc(size_t bytes, Cap &out)
{
    long const fd = Linux::memfd_create("ram");
    if (fd < 0)
        return Result::OUT_OF_CAPS;

    if (Linux::ftruncate(int(fd), page_aligned(bytes)) < 0) {
        (void)Linux::close(int(fd));
        return Result::OUT_OF_RAM;
    }

    out = Cap(fd);
    return Result::OK;
}


uint64_t Core::memory_device()
{
    static uint64_t const device = [] {
        Linux::Stat stat { };
        int const file = int(Linux::memfd_create("any"));
        (void)Linux::fstat(file, stat);
        (void)Linux::close(file);
        return stat.device; }();

    return device;
}


void Platform::ram_free(Cap ds) { Platform::cap_drop(ds); }


/* core attaches nothing but files and memory of its own */
bool Linux::dataspace_alive(Cap) { return true; }
