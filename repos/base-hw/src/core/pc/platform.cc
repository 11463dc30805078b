/*
 * Start of the kernel on a PC
 */

#include <console.h>
#include <cpu.h>
#include <interrupt.h>
#include <kernel.h>
#include <multiboot.h>
#include <page_table.h>
#include <serial.h>
#include <timer.h>

using namespace Hw;

extern "C" [[noreturn]] void kernel_boot(addr_t boot_info);

namespace {

    constexpr unsigned MAX_RANGES = 32;

    /* the provisional page tables reach as far as this */
    constexpr addr_t BOOT_MAPPED_END = 4ull << 30;

    /* one entry of the top-level table is enough, and 64 GiB are enough for the project */
    constexpr addr_t MAX_RAM_END = 64ull << 30;

    /* real-mode structures of the firmware, and possibly those of the boot loader */
    constexpr addr_t LOW_MEMORY_END = 1u << 20;

    struct Ram_ranges
    {
        Range    ranges[MAX_RANGES] { };
        unsigned count = 0;

        void add(addr_t begin, addr_t end)
        {
            Range const range { page_up(begin), page_down(end) };
            if (range.size() && count < MAX_RANGES)
                ranges[count++] = range;
        }

        /* add what is left of 'range' without the image and without reserved parts */
        void add_usable(Range range)
        {
            addr_t const image_begin = addr_t(_image_begin) - IMAGE_WINDOW;
            addr_t const image_end   = addr_t(_image_end)   - IMAGE_WINDOW;

            addr_t const begin = max(range.begin, LOW_MEMORY_END);
            addr_t const end   = min(range.end, MAX_RAM_END);

            add(begin, min(end, image_begin));
            add(max(begin, image_end), end);
        }
    };
}


void kernel_boot(addr_t boot_info)
{
    Serial::init();
    Interrupt::init();

    /* the firmware leaves its last line unfinished */
    line();

    auto view = [] (addr_t phys) { return reinterpret_cast<void *>(RAM_WINDOW + phys); };

    Ram_ranges ram { };
    if (!Multiboot::for_each_ram_range(*static_cast<Multiboot::Info *>(view(boot_info)), view,
                                       [&] (Range range) { ram.add_usable(range); }))
        panic("the boot loader provides no memory map");

    /* memory for the page tables must be mapped already, the rest follows later */
    auto for_each_part = [&] (bool mapped) {
        for (unsigned i = 0; i < ram.count; i++) {
            Range const r = ram.ranges[i];
            Ram::add(mapped ? Range { r.begin, min(r.end, BOOT_MAPPED_END) }
                            : Range { max(r.begin, BOOT_MAPPED_END), r.end });
        }
    };

    for_each_part(true);

    addr_t const lapic = read_msr(MSR_APIC_BASE) & ~0xfffull & 0xfffffffffull;

    Page_table::init_kernel(ram.ranges, ram.count, lapic);
    Page_table::activate_kernel();

    for_each_part(false);

    Timer::init();

    Kernel::main();
}
