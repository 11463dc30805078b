/*
 * Files that are part of the boot image
 */

#pragma once

#include <dataspace.h>
#include <text.h>

namespace Hw { struct Boot_module; }


struct Hw::Boot_module
{
    /* entry of the image's table, see doc/image.md */
    struct Header { char const *name; addr_t base; size_t size; };

    Text       name;
    Dataspace *ds;
    size_t     size;   /* bytes */

    /*
     * Create a dataspace for each module of the image, once at boot time
     */
    static void init();

    /* \return module, or nullptr if there is none of that name */
    static Boot_module const *find(Text name);
};
