/*
 * What the start of a component takes
 *
 * It is the host that loads the dynamic linker. Core merely looks at the file
 * to know what to charge for.
 */

#include <ld/elf.h>
#include <linux/platform.h>
#include <loader.h>

using namespace Core;
using namespace Ld;

namespace {

    Attempt<size_t> initial_memory(char const *file, size_t file_size)
    {
        auto const &header  = *reinterpret_cast<Elf::Header const *>(file);
        auto const *segment = reinterpret_cast<Elf::Segment const *>(file + header.phoff);

        if (file_size < sizeof(header) || !header.valid() || header.type != Elf::Header::DYN
         || header.phoff > file_size
         || header.phnum > (file_size - header.phoff)/sizeof(Elf::Segment))
            return Result::BAD_ARGUMENT;

        size_t total = Linux::STACK_SIZE;

        for (unsigned i = 0; i < header.phnum; i++)
            if (segment[i].type == Elf::Segment::LOAD && segment[i].writeable())
                if (__builtin_add_overflow(total, page_aligned(segment[i].memsz), &total))
                    return Result::BAD_ARGUMENT;

        return total;
    }
}


Attempt<size_t> Core::initial_memory(Cap ld)
{
    Platform::Attached file { };

    if (!ok(Platform::attach(ld, Platform::READ_ONLY, 0, 0, 0, file)))
        return Result::BAD_ARGUMENT;

    Attempt<size_t> const result =
        ::initial_memory(static_cast<char const *>(file.addr), file.size);

    Platform::detach(file.addr);
    return result;
}
