/*
 * Outcome of kernel operations and of requests to services
 *
 * There is one number space for both. So a caller tells "the server refused"
 * from "there is no server any more" by looking at a single value.
 */

#pragma once

#include <base/types.h>

namespace Genode {

    enum class [[nodiscard]] Result : int32_t {
        OK             = 0,
        DEAD           = 1,   /* the called object or its component is gone      */
        INVALID_CAP    = 2,   /* the capability argument names nothing fitting   */
        OUT_OF_RAM     = 3,   /* the RAM quota of the protection domain is used  */
        OUT_OF_CAPS    = 4,   /* no room left in a capability space              */
        DENIED         = 5,   /* not allowed, e.g., no route to the service      */
        NOT_FOUND      = 6,   /* the named thing (ROM module, session) is absent */
        BAD_ARGUMENT   = 7,   /* malformed message or value out of range         */
        UNKNOWN_OPCODE = 8,   /* the object does not implement the operation     */
        PENDING        = 9,   /* accepted, the outcome will be signalled later   */
        BAD_STATE      = 10,  /* e.g., starting a started protection domain      */
    };

    constexpr bool ok(Result r) { return r == Result::OK; }

    constexpr char const *name(Result r)
    {
        switch (r) {
        case Result::OK:             return "OK";
        case Result::DEAD:           return "DEAD";
        case Result::INVALID_CAP:    return "INVALID_CAP";
        case Result::OUT_OF_RAM:     return "OUT_OF_RAM";
        case Result::OUT_OF_CAPS:    return "OUT_OF_CAPS";
        case Result::DENIED:         return "DENIED";
        case Result::NOT_FOUND:      return "NOT_FOUND";
        case Result::BAD_ARGUMENT:   return "BAD_ARGUMENT";
        case Result::UNKNOWN_OPCODE: return "UNKNOWN_OPCODE";
        case Result::PENDING:        return "PENDING";
        case Result::BAD_STATE:      return "BAD_STATE";
        }
        return "UNKNOWN_RESULT";
    }
}
