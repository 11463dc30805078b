/*
 * Component that does something forbidden while a client waits for its answer
 *
 *   <config kind="write"/>
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/service.h>
#include <util/xml.h>

using namespace Genode;

namespace Victim {

    using Kind = String<16>;

    struct Session;

    Kind kind;

    /* pointer out of thin air, the compiler would refuse to use what it sees through */
    int volatile *at(addr_t addr)
    {
        asm volatile ("" : "+r" (addr));
        return reinterpret_cast<int volatile *>(addr);
    }

    [[gnu::noinline]] size_t use_up_stack(size_t depth)
    {
        /* volatile, and used after the call, so that nothing is optimised away */
        size_t volatile data[128] { depth };
        return depth ? use_up_stack(data[0]) + data[0] : 0;
    }

    void misbehave()
    {

        if (kind == "read")    (void)*at(0x20);
        if (kind == "write")   *at(0x10) = 1;
        if (kind == "execute") reinterpret_cast<void (*)()>(0x30)();
        if (kind == "text")    *at(0x01000000) = 1;
        if (kind == "stack")   use_up_stack(1);
        if (kind == "trap")    __builtin_trap();
#if defined(__x86_64__)
        if (kind == "divide")  asm volatile ("divl %0" : : "r" (0), "a" (1), "d" (0));
        if (kind == "halt")    asm volatile ("hlt");
        if (kind == "syscall") asm volatile ("syscall" : : "a" (1000) : "rcx", "r11", "memory");
#endif
    }
}


struct Victim::Session : Object
{
    Session(Env &, Label const &) { }

    void handle_request(Request &) override
    {
        log("about to ", kind);
        misbehave();
        log("still alive");
    }
};


void Component::construct(Env &env)
{
    Attached_rom const config(env, "config");

    Victim::kind = Xml_node::parse(config.content()).value_or(Xml_node())
                                                    .attribute("kind", Victim::Kind());

    static Service<Victim::Session> service(env, "Victim");
}
