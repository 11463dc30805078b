"""Changes to unpacked sources that make the tools behave as Genode expects.

Few and small, found by pattern and not by line, so that one list serves all pinned versions.
Own-written files of `support/gcc` are put beside GCC's, and one line makes GCC read them last.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import BuildFailed
from genode_tool.files import write_atomically
from genode_tool.resources import data
from genode_tool.toolchain.bootstrap.components import Component

SUPPORT = data(__name__, "support")

_HEADERS = """
# Genode: read after all that describes the target.
tm_file="${tm_file} genode.h"
case ${target} in
arm*) tm_file="${tm_file} genode-arm.h" ;;
esac
"""

_UNWINDER = """
# Genode: unwind tables are found through program headers; ARM has a way of its own.
case ${host} in
arm*) ;;
*) tmake_file="${tmake_file} t-eh-dw2-dip" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """In file `path` of `component`, replace what `pattern` matches (all of it, once or more).

    `replacement` is as for `re.sub`. With `unless` given as (file, text), nothing is done when
    that file contains the text. A version without a match is fine when not `required`: it
    behaves as wanted.
    """

    component: Component
    path: str
    pattern: str
    replacement: str
    why: str
    required: bool = False
    unless: tuple[str, str] | None = None


ADJUSTMENTS = (
    Adjustment(
        Component.BINUTILS,
        "ld/ldlang.c",
        r"create != 2\s+&& !\(create && constraint == SPECIAL\)",
        "!(create && constraint == SPECIAL)",
        "an inserted linker script adds to the output sections of the first one by name",
    ),
    Adjustment(
        Component.BINUTILS,
        "ld/emulparams/elf32lriscv-defs.sh",
        r"(?m)^IREL_IN_PLT=$",
        "GENERATE_SHLIB_SCRIPT=yes\nGENERATE_PIE_SCRIPT=yes\nIREL_IN_PLT=",
        "shared objects can be linked for bare-metal RISC-V",
    ),
    Adjustment(
        Component.BINUTILS,
        "ld/emultempl/armelf.em",
        r'TARGET2_TYPE="rel"',
        'TARGET2_TYPE="got-rel"',
        "type information of exceptions may be in another shared object (ARM)",
    ),
    Adjustment(
        Component.GCC,
        "gcc/config.gcc",
        r"\Z",
        _HEADERS.replace("\\", r"\\"),
        "types and linker options of all Genode targets",
        required=True,
    ),
    Adjustment(
        Component.GCC,
        "libgcc/config.host",
        r"\Z",
        _UNWINDER.replace("\\", r"\\"),
        "the unwinder asks dl_iterate_phdr",
        required=True,
    ),
    Adjustment(
        Component.GCC,
        "libstdc++-v3/libsupc++/Makefile.in",
        r"@GLIBCXX_HOSTED_TRUE@(?=am__objects_\d = cp-demangle|c_sources = |\tcp-demangle)",
        "",
        "uncaught exceptions are told by name: libsupc++ has the demangler",
    ),
    Adjustment(
        Component.GCC,
        "libstdc++-v3/configure",
        r'(?m)^\s*\$as_echo "#define HAVE_MEMALIGN 1" >>confdefs\.h$',
        "",
        "aligned memory is had from malloc: memalign is a C library's",
    ),
    Adjustment(
        Component.GCC,
        "libstdc++-v3/libsupc++/atexit_thread.cc",
        r"std::atexit \(run\)",
        "__cxxabiv1::__cxa_atexit ([] (void *) { run (); }, 0, 0)",
        "the C++ runtime has __cxa_atexit, atexit is a C library's",
    ),
    Adjustment(
        Component.GCC,
        "gcc/config/arm/unwind-arm.h",
        r"(?m)^#(el)?if \(defined ?\(linux\)",
        r"#\1if 1 || (defined(linux)",
        "the same, as the unwinder reads it (GCC up to 4.6)",
    ),
    Adjustment(
        Component.GCC,
        "libgcc/config/arm/unwind-arm.h",
        r"(?m)^#(el)?if \(defined ?\(linux\)",
        r"#\1if 1 || (defined(linux)",
        "the same, as the unwinder reads it",
    ),
    Adjustment(
        Component.GCC,
        "gcc/Makefile.in",
        r"\$\(RUN_GEN\) build/genhooks\$\(build_exeext\) -d \\\s+\$\(srcdir\)/doc/tm\.texi\.in",
        "cat $(srcdir)/doc/tm.texi.in",
        "the distribution's archive has no manual to check the hooks against",
        unless=("gcc/doc/tm.texi.in", "@hook "),
    ),
)


def adjust(component: Component, directory: Path) -> Iterator[str]:
    """Change the sources of `component` in `directory` and yield a line about each change.

    Raises `BuildFailed` when a change that must be made finds no place.
    """
    if component is Component.GCC:
        for header in sorted((SUPPORT / "gcc").glob("*.h")):
            shutil.copy(header, directory / "gcc" / "config" / header.name)
            yield f"gcc/config/{header.name}: added"
    for one in ADJUSTMENTS:
        if one.component is component:
            yield from _apply(one, directory)


def headers_text() -> tuple[tuple[str, str], ...]:
    """Return name and content of each header that stands in for a C library's."""
    found = sorted((SUPPORT / "include").glob("*.h"))
    return tuple((one.name, one.read_text(encoding="utf-8")) for one in found)


def identity(component: Component) -> tuple[str, ...]:
    """Return all that `adjust` brings along, so that a change of it shows in stamps."""
    headers = sorted((SUPPORT / "gcc").glob("*.h")) if component is Component.GCC else []
    return (
        *(repr(one) for one in ADJUSTMENTS if one.component is component),
        *(header.read_text(encoding="utf-8") for header in headers),
    )


def _apply(one: Adjustment, directory: Path) -> Iterator[str]:
    path = directory / one.path
    text = _read(path)
    if one.unless and one.unless[1] in _read(directory / one.unless[0]):
        return
    changed, count = re.subn(one.pattern, one.replacement, text)
    if count and text:
        _replace(path, changed)
        yield f"{one.path}: {one.why}"
    elif one.required:
        raise BuildFailed(
            f"{path}: no place found for the change: {one.why}",
            hint="is this the source of the wanted version?",
        )


def _replace(path: Path, text: str) -> None:
    """Write `text` with the bits and the time of the file that it replaces.

    The time stays so that make does not think that generated files are outdated.
    """
    before = path.stat()
    write_atomically(path, text.encode("latin-1"))
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("latin-1")
    except OSError:
        return ""
