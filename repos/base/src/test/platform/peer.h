/*
 * What the peer does on request
 */

#pragma once

#include <base/types.h>

namespace Peer {

    enum Opcode : Genode::uint32_t {
        ECHO          = 1,   /* reply with the payload and the capabilities of the request */
        NOTIFY        = 2,   /* notify cap[0] */
        WRITE_MEMORY  = 3,   /* write a pattern to the dataspace cap[0] */
        REPLY_LATER   = 4,   /* reply after other events were handled */
        REPLY_TWICE   = 5,   /* reply with OK, then with DENIED */
        NEW_OBJECT    = 6,   /* reply with an object that destroys itself when called */
        FOUR_CAPS     = 7,   /* reply with four capabilities */
        EXIT          = 8,   /* exit without a reply */
    };

    static constexpr Genode::uint64_t PATTERN = 0x0123456789abcdef;
}
