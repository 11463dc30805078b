/*
 * Loading and relocating
 */

#include <base/log.h>
#include <image.h>
#include <relocation.h>

using namespace Ld;

namespace {

    /* a component that cannot be linked never gets to run, so it is reported as faulted */
    [[noreturn]] void give_up(auto const &... reason)
    {
        error("dynamic linker: ", reason...);
        __builtin_trap();
    }

    /* hash function of the System V ABI */
    uint32_t hash_of(char const *name)
    {
        uint32_t h = 0;
        for (; *name; name++) {
            h = (h << 4) + uint8_t(*name);
            h = (h ^ ((h & 0xf0000000) >> 24)) & 0x0fffffff;
        }
        return h;
    }
}


Image::Image(Text name, addr_t image, addr_t dynamic) : name(name)
{
    auto const &header  = *reinterpret_cast<Elf::Header const *>(image);
    auto const *segment = reinterpret_cast<Elf::Segment const *>(image + header.phoff);

    /* the first segment starts with the ELF header */
    while (segment->type != Elf::Segment::LOAD)
        segment++;

    _bias  = image - segment->vaddr;
    _entry = header.entry + _bias;

    _read_dynamic(dynamic);
}


void Image::_read_dynamic(addr_t addr)
{
    _dynamic = reinterpret_cast<Elf::Dynamic const *>(addr);

    for (Elf::Dynamic const *d = _dynamic; d->tag != Elf::Dynamic::END; d++) {

        addr_t const ptr = d->value + _bias;
        size_t const len = d->value;

        auto const set = [ptr] <typename T> (T const *&table) {
            table = reinterpret_cast<T const *>(ptr); };

        using D = Elf::Dynamic;
        switch (d->tag) {
        case D::STRTAB:       set(_tables.strings);                         break;
        case D::SYMTAB:       set(_tables.symbols);                         break;
        case D::HASH:         set(_tables.hash);                            break;
        case D::RELA:         set(_tables.rela);                            break;
        case D::JMPREL:       set(_tables.plt_rela);                        break;
        case D::INIT_ARRAY:   set(_tables.init_array);                      break;
        case D::RELASZ:       _tables.num_rela     = len/sizeof(Elf::Rela); break;
        case D::PLTRELSZ:     _tables.num_plt_rela = len/sizeof(Elf::Rela); break;
        case D::INIT_ARRAYSZ: _tables.num_init     = len/sizeof(addr_t);    break;
        }
    }
}


void Image::_map_segment(Elf::Segment const &segment, Cap file, char const *content)
{
    addr_t const at   = segment.vaddr + _bias;
    size_t const size = page_aligned(segment.memsz);

    Platform::Attached attached { };

    if (!segment.writeable()) {

        uint32_t const flags = segment.executable() ? Platform::EXECUTABLE : Platform::READ_ONLY;

        Result const result = Platform::attach(file, flags, segment.offset,
                                               segment.filesz, at, attached);
        if (!ok(result))
            give_up("cannot map a segment of ", name, ": ", Genode::name(result));
        return;
    }

    /* each component has its own copy of the writeable part */
    Cap ds = Cap::INVALID;

    Result result = Platform::ram_alloc(size, ds);
    if (ok(result))
        result = Platform::attach(ds, Platform::WRITEABLE, 0, size, at, attached);
    if (!ok(result))
        give_up("no memory for the data of ", name, ": ", Genode::name(result));

    memcpy(attached.addr, content + segment.offset, segment.filesz);
}


void Image::load(Text file_name, Cap file, addr_t at)
{
    name = String<64>(file_name);

    Platform::Attached view { };

    Result const result = Platform::attach(file, Platform::READ_ONLY, 0, 0, 0, view);
    if (!ok(result))
        give_up("cannot read ", name, ": ", Genode::name(result));

    char const *const content  = static_cast<char const *>(view.addr);
    auto const       &header   = *reinterpret_cast<Elf::Header const *>(content);
    auto const       *segments = reinterpret_cast<Elf::Segment const *>(content + header.phoff);

    if (view.size < sizeof(header) || !header.valid()
     || header.machine != Relocation::MACHINE
     || header.phoff + header.phnum*sizeof(Elf::Segment) > view.size)
        give_up(name, " is not a program or library for this machine");

    _bias  = header.type == Elf::Header::DYN ? at : 0;
    _entry = header.entry + _bias;

    addr_t dynamic = 0;

    for (unsigned i = 0; i < header.phnum; i++) {

        Elf::Segment const &segment = segments[i];

        if (segment.type == Elf::Segment::DYNAMIC)
            dynamic = segment.vaddr + _bias;

        if (segment.type != Elf::Segment::LOAD || !segment.memsz)
            continue;

        if (segment.offset + segment.filesz > view.size || segment.filesz > segment.memsz
         || segment.vaddr % PAGE_SIZE || segment.offset % PAGE_SIZE)
            give_up(name, " has a malformed segment");

        _map_segment(segment, file, content);
        _end = max(_end, page_aligned(segment.vaddr + segment.memsz + _bias));
    }

    Platform::detach(view.addr);

    if (!dynamic)
        give_up(name, " is not dynamically linked");

    _read_dynamic(dynamic);

    if (!_tables.strings || !_tables.symbols || !_tables.hash)
        give_up(name, " lacks a symbol table");
}


addr_t Image::lookup(char const *symbol) const
{
    uint32_t const num_buckets = _tables.hash[0];
    if (!num_buckets)
        return 0;

    uint32_t const *buckets = _tables.hash + 2;
    uint32_t const *chain   = buckets + num_buckets;

    for (uint32_t i = buckets[hash_of(symbol) % num_buckets]; i; i = chain[i]) {

        Elf::Symbol const &candidate = _tables.symbols[i];

        if (candidate.defined() && Text(_tables.strings + candidate.name) == Text(symbol))
            return candidate.value + _bias;
    }
    return 0;
}


void Image::_relocate(Elf::Rela const &rela, Scope const &scope) const
{
    auto const symbol_addr = [&] () -> addr_t {

        Elf::Symbol const &symbol = _tables.symbols[rela.symbol()];
        char        const *label  = _tables.strings + symbol.name;

        addr_t const addr = scope.lookup(label);

        if (!addr && !symbol.weak())
            give_up("symbol ", label, ", needed by ", name, ", is defined nowhere");

        return addr;
    };

    addr_t &target = *reinterpret_cast<addr_t *>(rela.offset + _bias);

    switch (rela.type()) {
    case Relocation::NONE:                                                          break;
    case Relocation::RELATIVE:  target = _bias + addr_t(rela.addend);               break;
    case Relocation::ABSOLUTE:  target = symbol_addr() + addr_t(rela.addend);       break;
    case Relocation::GLOB_DAT:
    case Relocation::JUMP_SLOT: target = symbol_addr();                             break;
    default:
        give_up(name, " has an unsupported relocation of type ", rela.type());
    }
}


void Image::relocate(Scope const &scope) const
{
    for (size_t i = 0; i < _tables.num_rela; i++)
        _relocate(_tables.rela[i], scope);

    for (size_t i = 0; i < _tables.num_plt_rela; i++)
        _relocate(_tables.plt_rela[i], scope);
}


void Image::construct_statics(Scope &scope)
{
    if (_constructed)
        return;

    /* set right away, as libraries may need each other */
    _constructed = true;

    for_each_needed([&] (char const *needed) {
        if (Image *const library = scope.find(needed))
            library->construct_statics(scope); });

    for (size_t i = 0; i < _tables.num_init; i++)
        reinterpret_cast<void (*)()>(_tables.init_array[i])();
}
