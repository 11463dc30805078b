/*
 * From 'Component::construct' to 'main'
 *
 * The configuration has the arguments, the environment, and the size of the stack:
 *
 *   <config stack="256K">
 *       <arg value="program"/> <arg value="-v"/>
 *       <env key="HOME" value="/"/>
 *   </config>
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>
#include <libc/component.h>
#include <stdlib.h>
#include <string.h>
#include <util/xml.h>

/* the language forbids C++ code to call a function named 'main' */
extern "C" int program_main(int argc, char **argv, char **envp) asm("main");

namespace {

    using Genode::Env;
    using Genode::Xml_node;

    using Value = Genode::String<1024>;

    constexpr Genode::size_t DEFAULT_STACK = 256*1024;

    /* the stack ends here; above and below is nothing, so that an overflow is a fault */
    constexpr Genode::addr_t STACK_TOP = 0x4f000000;

    constexpr Genode::size_t MAX_STACK = 0x8000000;

    struct Program
    {
        Env &env;

        int    argc = 0;
        char **argv = nullptr;

        [[noreturn]] void fail(auto const &... reason)
        {
            Genode::error("cannot start the program: ", reason...);
            env.parent().exit(-1);
        }

        void add_argument(Genode::Text value)
        {
            char **const more = static_cast<char **>(
                realloc(argv, (size_t(argc) + 2)*sizeof(char *)));

            char *const copy = strndup(value.start(), value.len());
            if (!more || !copy)
                fail("no memory for its arguments");

            argv         = more;
            argv[argc++] = copy;
            argv[argc]   = nullptr;
        }

        void add_variable(Genode::Text key, Genode::Text value)
        {
            if (!Libc::set_variable(key, value))
                fail("no memory for its environment");
        }

        void *new_stack(Genode::size_t size)
        {
            using namespace Genode;

            Cap                ds = Cap::INVALID;
            Platform::Attached attached { };

            size = page_aligned(min(size, MAX_STACK));

            Result result = Platform::ram_alloc(size, ds);
            if (ok(result))
                result = Platform::attach(ds, Platform::WRITEABLE, 0, size, STACK_TOP - size,
                                          attached);
            if (!ok(result))
                fail("no memory for a stack of ", size/1024, " KiB: ", name(result));

            return static_cast<char *>(attached.addr) + attached.size;
        }
    };

    char *empty[] { nullptr };

    void run(void *arg)
    {
        Program &program = *static_cast<Program *>(arg);

        exit(program_main(program.argc, program.argv, empty));
    }
}


void Component::construct(Env &env)
{
    Libc::init(env);

    static Genode::Attached_rom config(env, "config");

    Program        program { env };
    Genode::size_t stack = DEFAULT_STACK;

    Xml_node::parse(config.content()).with(
        [&] (Xml_node const &node) {

            stack = node.bytes("stack", stack);

            node.for_each_child("arg", [&] (Xml_node const &arg) {
                program.add_argument(arg.attribute("value", Value()));  });

            node.for_each_child("env", [&] (Xml_node const &variable) {
                program.add_variable(variable.attribute("key",   Value()),
                                     variable.attribute("value", Value())); });
            return true;
        },
        [&] (Genode::Xml_error error) -> bool {
            program.fail("malformed configuration: ", error);
        });

    Libc::call_on_stack(program.new_stack(stack), run, &program);
}
