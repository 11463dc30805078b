/*
 * Numbers and layouts of the requests understood by parents and by core
 *
 * Each operation is a namespace-like struct with its opcode 'OP' and, where
 * there is a payload, its 'In' and 'Out' structures. A payload is copied as
 * is into 'Message::bytes', so every structure has the same layout on both
 * sides. Texts are zero-terminated. 'cap[n]' in a comment means
 * 'Message::caps[n]'.
 */

#pragma once

#include <base/platform.h>

namespace Genode::Protocol {

    static constexpr size_t SERVICE_LEN = 32, LABEL_LEN = 160;

    enum Session_flags : uint32_t { BLOCKING = 0, NOWAIT = 1 };

    /*
     * Parent: the object behind 'Cap::PARENT'
     */
    namespace Parent {

        /* open a session, reply: cap[0] = session */
        struct Open
        {
            static constexpr uint32_t OP = 1;

            struct In
            {
                uint32_t id;      /* chosen by the client, unique among its sessions */
                uint32_t flags;   /* Session_flags */
                char     service[SERVICE_LEN];
                char     label[LABEL_LEN];
            };
        };

        /* close a session that was opened by the caller */
        struct Close
        {
            static constexpr uint32_t OP = 2;
            struct In { uint32_t id; };
        };

        /* outcome of an 'Open' with 'NOWAIT', reply as for 'Open' */
        struct Poll
        {
            static constexpr uint32_t OP = 3;
            struct In { uint32_t id; };
        };

        /* name the object to be notified when a pending session makes progress: cap[0] */
        struct Session_sigh { static constexpr uint32_t OP = 4; };

        /* offer a service, cap[0] = object to be notified about requests */
        struct Announce
        {
            static constexpr uint32_t OP = 5;
            struct In { char service[SERVICE_LEN]; };
        };

        /* fetch the next request for an announced service, NOT_FOUND if there is none */
        struct Fetch
        {
            static constexpr uint32_t OP = 6;

            enum Kind : uint32_t { OPEN = 1, CLOSE = 2 };

            struct In { char service[SERVICE_LEN]; };

            struct Out
            {
                uint32_t kind;
                uint32_t session;  /* the parent's name for the session */
                char     label[LABEL_LEN];
            };
        };

        /* answer an OPEN: cap[0] = session if 'result' is OK, no capability otherwise */
        struct Deliver
        {
            static constexpr uint32_t OP = 7;
            struct In { uint32_t session; int32_t result; };
        };

        /* tell that the component is done, it is destroyed in response */
        struct Exit
        {
            static constexpr uint32_t OP = 8;
            struct In { int32_t value; };
        };

        /* ask for more RAM quota, OK means that the quota was transferred */
        struct Resource
        {
            static constexpr uint32_t OP = 9;
            struct In { uint64_t ram_bytes; };
        };
    }

    /*
     * Services of core
     */
    namespace Log {

        /* print one line, the payload is the text without a newline */
        struct Write { static constexpr uint32_t OP = 1; };
    }

    namespace Rom {

        /* reply: cap[0] = read-only dataspace */
        struct Dataspace
        {
            static constexpr uint32_t OP = 1;
            struct Out { uint64_t size; };  /* bytes of content, not rounded */
        };
    }

    namespace Pd {

        /*
         * Load 'ld' and start the component at its entry point
         *
         * cap[0] = dataspace with ld, cap[1] = dataspace with the program,
         * cap[2] = the child's PARENT, cap[3] = notified when the child faults
         */
        struct Start { static constexpr uint32_t OP = 1; };

        /* move RAM quota from the called PD to cap[0] = PD */
        struct Transfer
        {
            static constexpr uint32_t OP = 2;
            struct In { uint64_t bytes; };
        };

        struct Status
        {
            static constexpr uint32_t OP = 3;

            enum State : uint32_t { CREATED = 0, RUNNING = 1, FAULTED = 2 };

            struct Out
            {
                uint64_t ram_quota, ram_used;     /* bytes */
                uint64_t fault_addr, fault_ip;    /* meaningful once FAULTED */
                uint32_t state;
                uint32_t fault_kind;              /* Fault_kind */
            };
        };

        enum Fault_kind : uint32_t {
            NO_FAULT = 0, PAGE_FAULT = 1, ILLEGAL_INSTRUCTION = 2,
            ARITHMETIC = 3, PROTECTION = 4, BREAKPOINT = 5, KILLED = 6,
        };

        constexpr char const *name(Fault_kind kind)
        {
            switch (kind) {
            case NO_FAULT:            return "no fault";
            case PAGE_FAULT:          return "page fault";
            case ILLEGAL_INSTRUCTION: return "illegal instruction";
            case ARITHMETIC:          return "arithmetic fault";
            case PROTECTION:          return "protection fault";
            case BREAKPOINT:          return "breakpoint";
            case KILLED:              return "killed";
            }
            return "unknown fault";
        }
    }
}
