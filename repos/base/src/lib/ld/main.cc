/*
 * How a component comes to life
 *
 * The kernel loads nothing but this dynamic linker. It relocates itself,
 * loads the program and the libraries needed by it, links them with each other,
 * and calls the program's 'Component::construct'.
 */

#include <base/internal/globals.h>
#include <base/log.h>
#include <base/protocol.h>
#include <image.h>
#include <relocation.h>

using namespace Ld;

namespace {

    /* libraries are placed here one behind the other, programs end below */
    constexpr addr_t LIBRARIES_START = 0x10000000;

    constexpr char const *OWN_NAME = "ld.lib.so";

    /*
     * Relocate the dynamic linker itself
     *
     * It is linked such that all of its references to itself are relative.
     * This function must not depend on any relocated value, not even for
     * calling other functions of other compilation units.
     */
    inline void relocate_self(addr_t image, Elf::Dynamic const *dynamic)
    {
        auto const &header  = *reinterpret_cast<Elf::Header const *>(image);
        auto const *segment = reinterpret_cast<Elf::Segment const *>(image + header.phoff);

        while (segment->type != Elf::Segment::LOAD)
            segment++;

        addr_t const     bias = image - segment->vaddr;
        Elf::Rela const *rela = nullptr;
        size_t           size = 0;

        for (; dynamic->tag != Elf::Dynamic::END; dynamic++) {
            if (dynamic->tag == Elf::Dynamic::RELA)
                rela = reinterpret_cast<Elf::Rela const *>(dynamic->value + bias);
            if (dynamic->tag == Elf::Dynamic::RELASZ)
                size = dynamic->value;
        }

        for (size_t i = 0; i < size/sizeof(Elf::Rela); i++)
            if (rela[i].type() == Relocation::RELATIVE)
                *reinterpret_cast<addr_t *>(rela[i].offset + bias) = bias + addr_t(rela[i].addend);
    }

    Cap library_dataspace(char const *name)
    {
        Cap const rom = parent().open("ROM", name).with(
            [] (Session s) { return s.cap; },
            [] (Result)    { return Cap::INVALID; });

        Call call(Protocol::Rom::Dataspace::OP);

        if (!ok(call.to(rom))) {
            error("dynamic linker: library ", name, " is not available");
            __builtin_trap();
        }
        return call.cap(0);
    }

    void load_libraries(Scope &scope)
    {
        addr_t at = LIBRARIES_START;

        /* the number of objects grows while libraries need further ones */
        for (unsigned i = 0; i < scope.count(); i++)
            scope.at(i).for_each_needed([&] (char const *name) {

                if (Text(name) == Text(OWN_NAME) || scope.find(name))
                    return;

                Image *const library = scope.add();
                if (!library) {
                    error("dynamic linker: too many libraries");
                    __builtin_trap();
                }
                library->load(name, library_dataspace(name), at);
                at = library->end();
            });
    }
}


extern "C" [[noreturn]] void ld_start(addr_t image, addr_t dynamic)
{
    relocate_self(image, reinterpret_cast<Elf::Dynamic const *>(dynamic));

    Platform::init();

    static Scope scope;

    Image self(OWN_NAME, image, dynamic);
    self.construct_statics(scope);

    scope.add()->load("program", Cap::PROGRAM, 0);

    load_libraries(scope);

    /* what the program and its libraries do not define is taken from here */
    unsigned const num_loaded = scope.count();

    if (Image *const last = scope.add())
        *last = self;

    for (unsigned i = 0; i < num_loaded; i++)
        scope.at(i).relocate(scope);

    for (unsigned i = 0; i < num_loaded; i++)
        scope.at(i).construct_statics(scope);

    static Env env(entrypoint(), parent(), heap());

    auto const construct = reinterpret_cast<void (*)(Env &)>(scope.at(0).entry());
    construct(env);

    entrypoint().run();
}
