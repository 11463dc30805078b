"""Checks of what the compiler adds to code and files by default."""

from __future__ import annotations

from collections.abc import Iterator

from genode_tool.toolchain.architectures import Multilib
from genode_tool.toolchain.check.language import adopt_hint
from genode_tool.toolchain.check.result import CheckResult, failed, ok
from genode_tool.toolchain.check.workbench import (
    Workbench,
    relocation_types,
    sections,
    segments,
    undefined,
)

_START = "void _start(void) { for (;;) { } }\n"
_BUFFER = (
    "void fill(char *); int first(void) { char text[64]; fill(text); return text[0]; }\n"
    "int own(void) { char big[8192]; fill(big); return big[1]; }\n"
)
_SHARED = "extern int elsewhere; int get(void) { return elsewhere; }\n"
_ATOMIC = "int add(int *p) { return __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST); }\n"

# x86-64 psABI, "Relocation Types": R_X86_64_GOTPCRELX, R_X86_64_REX_GOTPCRELX; i386: R_386_GOT32X
RELAXED = {"64": {41, 42}, "32": {43}}

_GNU_PROPERTY = ".note.gnu.property"


def check_position(bench: Workbench) -> Iterator[CheckResult]:
    """Programs have a fixed address unless asked otherwise."""
    program = bench.elf(bench.link("-nostdlib", bench.compile(_START), driver="gcc"))
    macros = bench.run("gcc", "-E", "-dM", bench.write("", ".c"))
    if program["e_type"] != "ET_EXEC" or "PT_INTERP" in segments(program):
        yield failed("PIE", "a plain program comes out as position-independent", adopt_hint(bench))
    elif "__PIE__" in macros or "__PIC__" in macros:
        yield failed("PIE", "plain code comes out as position-independent", adopt_hint(bench))
    else:
        yield ok("PIE", "only on request")


def check_protections(bench: Workbench) -> Iterator[CheckResult]:
    """No protection that needs a C library, or that shows in each file."""
    elf = bench.elf(bench.compile(_BUFFER, "-O2"))
    canary = {name for name in undefined(elf) if name.startswith("__stack_chk")}
    if canary:
        yield failed("stack protector", f"functions call {min(canary)}", adopt_hint(bench))
    else:
        yield ok("stack protector", "only on request")
    if _GNU_PROPERTY in sections(elf):
        yield failed("control flow", f"files carry {_GNU_PROPERTY}", adopt_hint(bench))
    else:
        yield ok("control flow", "no marks in code or files")


def check_output(bench: Workbench) -> Iterator[CheckResult]:
    """Linked files carry no build-id, no .gnu.hash, no RELRO segment."""
    piece = bench.compile(_SHARED, "-fPIC")
    shared = bench.elf(bench.link("-nostdlib", "-shared", piece, driver="gcc"))
    names = sections(shared)
    direct = bench.elf(bench.link("-shared", piece, driver="ld"))
    for what, bad in (
        ("build-id", ".note.gnu.build-id" in names | sections(direct)),
        ("hash table", ".gnu.hash" in names | sections(direct) or ".hash" not in names),
        ("RELRO", "PT_GNU_RELRO" in segments(shared) | segments(direct)),
    ):
        if bad:
            found = {
                "build-id": "linked files carry .note.gnu.build-id",
                "hash table": "linked files carry .gnu.hash instead of .hash",
                "RELRO": "linked files have a segment that is to be made read-only",
            }[what]
            yield failed(what, found, adopt_hint(bench))
        else:
            yield ok(what, {"hash table": ".hash, no .gnu.hash"}.get(what, "none"))


def check_relocations(bench: Workbench) -> Iterator[CheckResult]:
    """On x86, the assembler makes no relocations that a linker may relax."""
    if bench.architecture.name != "x86":
        return
    for multilib in bench.architecture.multilibs:
        elf = bench.elf(bench.compile(_SHARED, "-fPIC", "-O2", flags=multilib))
        if relocation_types(elf) & RELAXED[multilib.name]:
            yield failed("GOT relaxation", f"{multilib.name}: relaxed types", adopt_hint(bench))
            return
    yield ok("GOT relaxation", "plain relocation types")


def check_atomics(bench: Workbench) -> Iterator[CheckResult]:
    """On 64-bit ARM, atomic operations are instructions, no calls that choose them."""
    if bench.architecture.name != "aarch64":
        return
    called = undefined(bench.elf(bench.compile(_ATOMIC, "-O2")))
    if called:
        yield failed("atomics", f"an addition calls {min(called)}", adopt_hint(bench))
    else:
        yield ok("atomics", "instructions")


def check_soft_float(bench: Workbench) -> Iterator[CheckResult]:
    """On RISC-V, code needs no floating-point unit."""
    if bench.architecture.name != "riscv":
        return
    default = Multilib("default", (), ".", "", 64)
    elf = bench.elf(
        bench.compile("double half(double x) { return x / 3; }\n", "-O2", flags=default)
    )
    if "__divdf3" not in undefined(elf):
        yield failed("soft float", "code is for a floating-point unit", adopt_hint(bench))
    else:
        yield ok("soft float", "rv64imac, lp64")


def check_assembler(bench: Workbench) -> Iterator[CheckResult]:
    """A slash divides, also in assembly for a bare machine."""
    elf = bench.elf(bench.compile(".data\n.long 12 / 4\n", suffix=".s"))
    data = elf.get_section_by_name(".data")
    if data is not None and data.data()[:4] == b"\3\0\0\0":
        yield ok("assembler", "`/` divides")
    else:
        yield failed("assembler", "`/` begins a comment", adopt_hint(bench))
