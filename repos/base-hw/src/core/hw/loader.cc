/*
 * Initial memory of a component: run-time linker and stack
 */

#include <elf.h>
#include <loader.h>
#include <pd.h>

using namespace Hw;

namespace {

    constexpr size_t STACK_SIZE = 64*1024;
    constexpr addr_t STACK_TOP  = USER_CHOICE_BEGIN - LARGE_PAGE_SIZE;

    /* enough for any sensible file, and keeps a nonsensical one from wasting time */
    constexpr unsigned MAX_SEGMENTS = 32;

    struct Attached { Result result; Ref<Dataspace> ds; };

    /*
     * Attach fresh RAM
     */
    Attached attach_ram(Pd &pd, Range range)
    {
        Dataspace::Created const created = Dataspace::create_ram(pd, range.size());
        if (!ok(created.result))
            return { created.result, { } };

        return { pd.space.attach(*created.ds, Rights::WRITE, 0, 0, range), created.ds };
    }

    Result load_read_only(Pd &pd, Dataspace &ld, Elf::Segment const &s)
    {
        if (page_up(s.file_size) != page_up(s.memory_size))
            return Result::BAD_ARGUMENT;

        Range range { s.address, 0 };

        return pd.space.attach(ld, s.flags & Elf::EXECUTE ? Rights::EXECUTE : Rights::READ,
                               s.offset, s.file_size, range);
    }

    Result load_writeable(Pd &pd, Dataspace &ld, Elf::Segment const &s)
    {
        if (s.flags & Elf::EXECUTE)
            return Result::BAD_ARGUMENT;

        Attached const ram = attach_ram(pd, { s.address, s.address + page_up(s.memory_size) });
        if (!ok(ram.result))
            return ram.result;

        char buffer[256];

        for (size_t done = 0; done < s.file_size; ) {
            size_t const part = min(sizeof(buffer), s.file_size - done);

            ld.read(s.offset + done, buffer, part);
            ram.ds->write(done, buffer, part);
            done += part;
        }
        return Result::OK;
    }

    Result load_segment(Pd &pd, Dataspace &ld, Elf::Segment const &s)
    {
        if (s.type != Elf::LOAD || !s.memory_size)
            return Result::OK;

        bool const sane = at_page(s.address) && at_page(s.offset)
                       && s.address >= USER_BEGIN && s.address < STACK_TOP
                       && s.memory_size <= STACK_TOP - s.address
                       && s.file_size <= s.memory_size
                       && s.offset <= ld.size() && s.file_size <= ld.size() - s.offset;
        if (!sane)
            return Result::BAD_ARGUMENT;

        return s.flags & Elf::WRITE ? load_writeable(pd, ld, s) : load_read_only(pd, ld, s);
    }
}


Loaded Hw::load(Pd &pd, Dataspace &ld)
{
    auto failed = [] (Result result) { return Loaded { result, 0, 0 }; };

    Elf::Header header { };

    ld.read(0, &header, sizeof(header));

    bool const valid = header.valid() && header.segment_size == sizeof(Elf::Segment)
                    && header.num_segments && header.num_segments <= MAX_SEGMENTS
                    && header.segments_offset <= ld.size() - MAX_SEGMENTS*sizeof(Elf::Segment)
                    && header.entry < USER_END;
    if (!valid)
        return failed(Result::BAD_ARGUMENT);

    for (unsigned i = 0; i < header.num_segments; i++) {

        Elf::Segment segment { };

        ld.read(header.segments_offset + i*sizeof(segment), &segment, sizeof(segment));

        Result const result = load_segment(pd, ld, segment);
        if (!ok(result))
            return failed(result);
    }

    Attached const stack = attach_ram(pd, { STACK_TOP - STACK_SIZE, STACK_TOP });

    return { stack.result, header.entry, STACK_TOP };
}
