/*
 * What a kernel has to offer: the lowest layer of every component
 *
 * Each kernel implements these functions once, within its variant of the
 * run-time linker (library 'ld-<kernel>'). Everything above is common to all
 * kernels. The exact semantics, including those of the core services, are
 * written down in 'repos/base/doc/kernel-interface.md'.
 */

#pragma once

#include <base/result.h>

namespace Genode {

    /*
     * Name of a capability within the component that holds it
     *
     * The three named ones are present when a component starts.
     */
    enum class Cap : uint32_t {
        INVALID = 0,
        PARENT  = 3,   /* the parent's service for this component */
        PD      = 4,   /* this component's own protection domain  */
        PROGRAM = 5,   /* dataspace with the ELF file to execute  */
    };

    constexpr bool valid(Cap cap) { return cap != Cap::INVALID; }

    struct Message;
}


/*
 * Request or reply: a word, some bytes, and some capabilities
 *
 * The header, the capabilities, and the first 'num_bytes' of the payload are
 * transferred, nothing else.
 */
struct Genode::Message
{
    static constexpr uint32_t MAX_BYTES = 1024, MAX_CAPS = 4;

    uint32_t tag;         /* request: opcode, reply: 'Result' */
    uint32_t num_bytes;
    uint32_t num_caps;
    Cap      caps[MAX_CAPS];

    alignas(8) char bytes[MAX_BYTES];
};


namespace Genode::Platform {

    /* called once by the start-up code, before any other function */
    void init();

    /* the right to answer one request, 0 is never handed out */
    enum class Token : uint64_t { NONE = 0 };

    struct Event
    {
        enum class Kind : uint32_t { DEADLINE, REQUEST, NOTIFICATION };

        Kind     kind;
        uint64_t badge;   /* of the object addressed by request or notification */
        Token    token;   /* valid for requests only */
    };

    static constexpr uint64_t NEVER = ~0ull;

    enum Attach_flags : uint32_t { READ_ONLY = 0, WRITEABLE = 1, EXECUTABLE = 2 };

    struct Attached { void *addr; size_t size; };

    /*
     * Objects and messages
     */

    Result object_create(uint64_t badge, Cap &out);
    void   object_destroy(Cap);
    void   cap_drop(Cap);

    Result call(Cap, Message &);
    Event  wait(Message &, uint64_t deadline_us);
    void   reply(Token, Message const &);
    void   notify(Cap);

    /*
     * Memory
     */

    Result ram_alloc(size_t bytes, Cap &out_dataspace);
    void   ram_free(Cap dataspace);
    Result attach(Cap dataspace, uint32_t flags, size_t offset, size_t size,
                  addr_t at, Attached &out);
    void   detach(void *addr);

    /*
     * Time and end of life
     */

    uint64_t now_us();

    [[noreturn]] void halt();

    /* text for the kernel's own log, for use before a LOG session exists */
    void debug(char const *text, size_t len);
}
