/*
 * Files that are part of the boot image
 */

#include <boot_modules.h>
#include <console.h>
#include <ram.h>

using namespace Hw;

extern "C" Boot_module::Header const _boot_modules_headers_begin[], _boot_modules_headers_end[];
extern "C" char const _boot_modules_binaries_begin[], _boot_modules_binaries_end[];

namespace {

    constexpr unsigned MAX_MODULES = 1024;

    constinit Boot_module modules[MAX_MODULES] { };
    constinit unsigned    num_modules = 0;
}


void Boot_module::init()
{
    addr_t const begin = addr_t(_boot_modules_binaries_begin),
                 end   = addr_t(_boot_modules_binaries_end);

    for (Header const *h = _boot_modules_headers_begin; h < _boot_modules_headers_end; h++) {

        bool const sane = at_page(h->base) && h->base >= begin && h->base <= end
                       && h->size <= end - h->base;

        if (!sane || num_modules == MAX_MODULES) {
            line("Error: boot module \"", h->name, "\" refused, ",
                 sane ? "too many modules" : "misplaced in the image");
            continue;
        }

        /* an empty file has a page, too, as there is no empty dataspace */
        size_t const pages = max(page_up(h->size)/PAGE_SIZE, size_t(1));

        Dataspace * const ds = Dataspace::create_rom(h->base - IMAGE_WINDOW, pages);
        if (!ds)
            panic("no memory for boot module \"", h->name, "\"");

        /* boot modules never vanish */
        ds->acquire();

        modules[num_modules++] = { .name = Text::of(h->name), .ds = ds, .size = h->size };
    }
}


Boot_module const *Boot_module::find(Text name)
{
    for (unsigned i = 0; i < num_modules; i++)
        if (modules[i].name == name)
            return &modules[i];

    return nullptr;
}
