"""Spec file and options for the driver of a wrapped GCC.

The spec language is described in the GCC manual, "Specifying Subprocesses and the Switches to
Pass to Them". Unlike options in front of the user's, a spec file can depend on the user's
options, which still take precedence.
"""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.toolchain.architectures import Architecture

PREDEFINED = (
    "linux",
    "__linux",
    "__linux__",
    "__gnu_linux__",
    "unix",
    "__unix",
    "__unix__",
    "_GNU_SOURCE",
)
"""Macros by which programs recognize that they are compiled for Linux."""

_64_BIT = {"INT64": "", "INT_LEAST64": "64", "INT_FAST64": "64", "INTMAX": "64"}
_FAST = ("INT_FAST8", "INT_FAST16", "INT_FAST32")


def integer_types() -> dict[str, str]:
    """Return the macros behind <stdint.h> as the pinned compilers have them.

    64-bit integers are `long long` on each architecture, so that a format or an overloaded
    function that fits one fits all; the fast types are as wide as `int`.
    """
    found: dict[str, str] = {}
    for name, width in _64_BIT.items():
        found |= {
            f"__{name}_TYPE__": "long long int",
            f"__U{name}_TYPE__": "long long unsigned int",
            f"__{name}_MAX__": "0x7fffffffffffffffLL",
            f"__U{name}_MAX__": "0xffffffffffffffffULL",
        }
        if width:
            found[f"__{name}_WIDTH__"] = width
    for name in _FAST:
        found |= {
            f"__{name}_TYPE__": "int",
            f"__U{name}_TYPE__": "unsigned int",
            f"__{name}_MAX__": "0x7fffffff",
            f"__U{name}_MAX__": "0xffffffffU",
            f"__{name}_WIDTH__": "32",
        }
    return found | {
        "__INTPTR_TYPE__": "long int",
        "__UINTPTR_TYPE__": "long unsigned int",
        "__INTPTR_MAX__": "__LONG_MAX__",
        "__UINTPTR_MAX__": "(__LONG_MAX__*2UL+1UL)",
    }


# Not in the spec file, where a `#` begins a comment.
_CONSTANTS = (
    *("-U__INT64_C", "-D__INT64_C(c)=c##LL", "-U__UINT64_C", "-D__UINT64_C(c)=c##ULL"),
    *("-U__INTMAX_C", "-D__INTMAX_C(c)=c##LL", "-U__UINTMAX_C", "-D__UINTMAX_C(c)=c##ULL"),
)


def compiler_options(architecture: Architecture) -> tuple[str, ...]:
    """Return the options of a wrapped GCC that come before the user's, which can override them."""
    common = (
        *("-no-pie", "-fno-pie", "-fno-stack-protector", "-fno-stack-clash-protection"),
        *_CONSTANTS,
    )
    match architecture.name:
        case "x86":
            return (*common, "-fcf-protection=none")
        case "aarch64":
            return (
                *common,
                # Instructions, not functions of libgcc: these ask the C library for the
                # processor's features.
                "-mno-outline-atomics",
                "-mbranch-protection=none",
                "-fno-asynchronous-unwind-tables",
            )
        case "riscv":
            return (
                *common,
                "-march=rv64imac_zicsr_zifencei",
                "-mabi=lp64",
                "-fno-asynchronous-unwind-tables",
            )
        case _:
            # The enumerations of the pinned compiler (genode-arm.h of the bootstrap).
            return (*common, "-fno-asynchronous-unwind-tables", "-fno-short-enums")


_CLANG_TARGETS = {
    "x86": ("--target=x86_64-linux-gnu",),
    "arm": ("--target=arm-linux-gnueabi", "-mfloat-abi=soft"),
    "aarch64": ("--target=aarch64-linux-gnu",),
    "riscv": ("--target=riscv64-linux-gnu", "-march=rv64imac", "-mabi=lp64"),
}


def clang_configuration(architecture: Architecture) -> str:
    """Return the text of a clang configuration file (clang manual, "Configuration files").

    It corresponds to `compiler_options` and `spec_file` for GCC, except for search paths.
    Thread-local variables are emulated, as by the pinned compilers, where clang can.
    """
    macros = [f"-U{name}" for name in PREDEFINED]
    for name, value in integer_types().items():
        macros += [f"-U{name}", f"'-D{name}={value}'"]
    for name in ("__INT64_C_SUFFIX__", "__INTMAX_C_SUFFIX__"):
        unsigned = name.replace("__I", "__UI")
        macros += [f"-U{name}", f"-D{name}=LL", f"-U{unsigned}", f"-D{unsigned}=ULL"]
    macros += [f"'{word}'" for word in _CONSTANTS]  # since clang 20; before, the suffixes count
    options = [
        *_CLANG_TARGETS[architecture.name],
        *("-fno-pie", "-fno-stack-protector", "-fno-stack-clash-protection"),
        # clang 14 cannot emulate them on RISC-V.
        *([] if architecture.name == "riscv" else ["-femulated-tls"]),
        *(["-fcf-protection=none"] if architecture.name == "x86" else []),
        *(["-Wa,-mrelax-relocations=no"] if architecture.name == "x86" else []),
        *(["-mno-outline-atomics"] if architecture.name == "aarch64" else []),
        *([] if architecture.name == "x86" else ["-fno-asynchronous-unwind-tables"]),
        # the driver's own options for Linux come first
        *("-no-pie", f"-Wl,{','.join(linker_options(architecture))}"),
    ]
    return "\n".join([*macros, *options]) + "\n"


def assembler_options(architecture: Architecture) -> tuple[str, ...]:
    """Return the options of a wrapped assembler."""
    return ("-mrelax-relocations=no",) if architecture.name == "x86" else ()


def linker_options(architecture: Architecture) -> tuple[str, ...]:
    """Return the options of a wrapped linker."""
    common = ("--build-id=none", "--hash-style=sysv", "-z", "norelro")
    if architecture.name == "x86":
        return (*common, "-z", "noseparate-code")
    return common


_CALM = "-Wno-builtin-declaration-mismatch"

SIZES = {
    "__SIZE_TYPE__": "long unsigned int",
    "__SIZE_MAX__": "(__LONG_MAX__*2UL+1UL)",
    "__PTRDIFF_TYPE__": "long int",
    "__PTRDIFF_MAX__": "__LONG_MAX__",
}
"""Macros for the types that the plugins give to sizes."""


def spec_file(
    architecture: Architecture,
    headers: Sequence[str],
    cxx_headers: Sequence[str],
    plugins: str = "",
) -> str:
    """Return the text of the spec file; `plugins` is where GCC's plugins are, if there are any.

    Searched are, unless -nostdinc is given, the directories `headers`, and before them, for
    C++ and unless -nostdinc++ is given, `cxx_headers`: nothing of the host's C library.
    """
    cxx = " ".join(f"-idirafter {_word(path)}" for path in cxx_headers)
    plain = " ".join(f"-idirafter {_word(path)}" for path in headers)
    search = f"%{{!nostdinc:-nostdinc %{{,c++:%{{!nostdinc++:{cxx}}}}} {plain}}}"
    macros = [f"-U{name}" for name in PREDEFINED]
    types = integer_types() | (SIZES if plugins else {})
    for name, value in types.items():
        macros += [f"-U{name}", f"-D{name}={_word(value)}"]
    load = ""
    if plugins:
        common, cxx = (f"-fplugin={_word(f'{plugins}/{name}.so')}" for name in ("bare", "bare_cxx"))
        # built-in declarations of memcpy and its like keep the other type of size
        calm = {"x86": f"%{{m32:{_CALM}}}", "arm": _CALM}.get(architecture.name, "")
        load = f"*cc1_options:\n+ {common} %{{,c++:{cxx}}} {calm}\n\n"
    link = (
        "%{static:-static} %{shared:-shared} %{rdynamic:-export-dynamic} %{!static:--eh-frame-hdr}"
    )
    if architecture.name == "x86":
        link = f"%{{m32:-m elf_i386;:-m elf_x86_64}} {link}"
    if architecture.name == "riscv":
        link = f"-m elf64lriscv %{{mno-relax:--no-relax}} {link}"
    return f"*cpp:\n+ {search} {' '.join(macros)}\n\n{load}*link:\n{link}\n\n"


def _word(text: str) -> str:
    """Return `text` as one word of the spec language."""
    return text.replace("\\", "\\\\").replace(" ", "\\ ")
