"""Checks that the C++ support libraries need nothing of a host's C library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.resources import data
from genode_tool.toolchain.architectures import Multilib
from genode_tool.toolchain.check.code import RELAXED
from genode_tool.toolchain.check.language import adopt_hint
from genode_tool.toolchain.check.result import CheckResult, failed, ok
from genode_tool.toolchain.check.workbench import (
    ProbeFailed,
    Workbench,
    relocation_types,
    undefined,
)

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

PROBES = data(__name__, "probes")
EXPECTED = 42
_RUN_S = 10

PROVIDED = frozenset(
    {
        *("malloc", "calloc", "realloc", "free", "abort", "raise"),
        *("memcpy", "memmove", "memset", "memcmp", "strlen", "strcmp", "strncmp", "strchr"),
        *("strcpy", "strcat", "sprintf", "fputs", "fputc", "fwrite", "stderr"),
        *("dl_iterate_phdr", "__emutls_get_address", "__cxa_atexit", "__dso_handle"),
        *("__exidx_start", "__exidx_end", "__gnu_Unwind_Find_exidx", "_GLOBAL_OFFSET_TABLE_"),
    }
)
"""Symbols that a Genode tree's `cxx` library and linker scripts provide."""

_ARCHIVES = ("libsupc++.a", "libgcc_eh.a", "libgcc.a")


def check_libraries(bench: Workbench) -> Iterator[CheckResult]:
    """Each ABI has its support libraries, and they need nothing but what a tree provides."""
    for multilib in bench.architecture.multilibs:
        name = f"C++ support ({multilib.name})"
        archives = [bench.library(one, multilib) for one in _ARCHIVES]
        if None in archives or not _fit(bench, multilib):
            absent = [one for one, path in zip(_ARCHIVES, archives, strict=True) if path is None]
            what = " ".join(absent) or "libgcc.a for this ABI"
            yield failed(name, f"missing: {what}", _complete(bench))
            continue
        try:
            joined = _join(bench, multilib, [path for path in archives if path])
            wanted = undefined(joined) - PROVIDED
        except ProbeFailed as problem:
            yield failed(name, str(problem), adopt_hint(bench))
            continue
        if wanted:
            some = " ".join(sorted(wanted)[:4])
            more = f" and {len(wanted) - 4} more" if len(wanted) > 4 else ""
            yield failed(
                name, f"needs symbols of a host's C library: {some}{more}", adopt_hint(bench)
            )
        elif bench.architecture.name == "x86" and relocation_types(joined) & RELAXED[multilib.name]:
            yield failed(name, "relocations that a linker may relax", adopt_hint(bench))
        else:
            yield ok(name, "needs nothing of a host's C library")


def check_program(bench: Workbench) -> Iterator[CheckResult]:
    """A program with exceptions, RTTI and static constructors links, and runs where it can."""
    for multilib in bench.architecture.multilibs:
        name = f"C++ program ({multilib.name})"
        try:
            program = _program(bench, multilib)
            bits = bench.elf(program).elfclass
        except ProbeFailed as problem:
            yield failed(name, str(problem), adopt_hint(bench))
            continue
        if bits != multilib.bits:
            yield failed(
                name, f"the program has {bits} bits, expected {multilib.bits}", adopt_hint(bench)
            )
            continue
        status = _try(bench, program)
        if status is None:
            yield ok(name, "exceptions, RTTI, static constructors link")
        elif status == EXPECTED:
            yield ok(name, "exceptions, RTTI, static constructors work")
        else:
            yield failed(
                name, f"the program ended with {status}, not {EXPECTED}", adopt_hint(bench)
            )


def _fit(bench: Workbench, multilib: Multilib) -> bool:
    """Return whether libgcc is for the ABI: a compiler without one names the default ABI's."""
    archive = bench.library("libgcc.a", multilib)
    plain = bench.library("libgcc.a", bench.main)
    return multilib == bench.main or archive != plain


def _join(bench: Workbench, multilib: Multilib, archives: list[Path]) -> ELFFile:
    """Link the archives of an ABI, all of libsupc++ and libgcc_eh, into one object."""
    joined = bench.directory / f"joined-{multilib.name}.o"
    bench.run(
        "ld",
        *(("-m", multilib.emulation) if bench.architecture.name == "x86" else ()),
        "-r",
        "--whole-archive",
        *archives[:2],
        "--no-whole-archive",
        archives[2],
        "-o",
        joined,
    )
    return bench.elf(joined)


def _program(bench: Workbench, multilib: Multilib) -> Path:
    plain = ("-O1", "-ffreestanding", "-w")
    system = bench.compile(
        (PROBES / "system.c").read_text(), *plain, "-fno-builtin", flags=multilib
    )
    probe = bench.compile((PROBES / "cxx.cc").read_text(), *plain, suffix=".cc", flags=multilib)
    archives = [path for name in _ARCHIVES if (path := bench.library(name, multilib))]
    return bench.link(
        *multilib.flags,
        *("-nostdlib", "-static", "-Wl,--eh-frame-hdr", f"-Wl,-T,{PROBES / 'program.ld'}"),
        probe,
        system,
        # The archives refer to each other.
        "-Wl,--start-group",
        *archives,
        "-Wl,--end-group",
    )


def _try(bench: Workbench, program: Path) -> int | None:
    """Run a PC's program if this is a PC; return its status, None when it cannot be run."""
    if bench.architecture.name != "x86" or os.uname().machine != "x86_64":
        return None
    try:
        return process.run([str(program)], timeout=_RUN_S).returncode
    except EnvironmentProblem:
        return None


def _complete(bench: Workbench) -> str:
    if bench.adopted:
        return f"install what `genode doctor` names, then {adopt_hint(bench)}"
    return adopt_hint(bench)
