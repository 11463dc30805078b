/*
 * Relocation types of x86_64 that occur in dynamically linked code
 *
 * As defined by the "System V ABI, AMD64 Architecture Processor Supplement".
 */

#pragma once

#include <base/types.h>

namespace Ld::Relocation {

    static constexpr Genode::uint16_t MACHINE = 62;

    enum Type : Genode::uint32_t {
        NONE = 0, ABSOLUTE = 1, GLOB_DAT = 6, JUMP_SLOT = 7, RELATIVE = 8 };
}
