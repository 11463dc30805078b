"""Linker features that a Genode tree uses, and the tools around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genode_tool.programs.installing import install_debian_packages
from genode_tool.toolchain.check.language import adopt_hint
from genode_tool.toolchain.check.result import CheckResult, differs, failed, ok
from genode_tool.toolchain.check.workbench import (
    ProbeFailed,
    Workbench,
    sections,
    segments,
    symbols,
)

NEEDED = (
    "gcc",
    "g++",
    "cpp",
    "ld",
    "as",
    "ar",
    "nm",
    "ranlib",
    "objcopy",
    "objdump",
    "strip",
    "readelf",
)

_FIRST = """
ENTRY(_start)
SECTIONS
{
  . = 0x100000;
  .text : { *(.text .text.*) }
  .data : { first = .; *(.data) }
  .after : { *(.after) }
  .bss : { *(.bss) }
  /DISCARD/ : { *(.comment) *(.note.*) *(.eh_frame) *(.ARM.*) }
}
"""
_SECOND = "SECTIONS { .data : { *(.bss .bss.*) last = .; } }\n"
_CODE = (
    # too large for the sections of small data that RISC-V has
    'int value[9] = { 1 }, zero[9]; __attribute__((section(".after"))) int other[9] = { 2 };\n'
    "int unused(void) { return 7; }\n"
    "void _start(void) { value[0] += zero[0] + other[0]; }\n"
)
_LISTED = "{ used; };\n"
_VERSIONS = "{ global: _start; local: *; };\n"


def check_tools(bench: Workbench) -> Iterator[CheckResult]:
    """All tools are there."""
    missing = [name for name in NEEDED if not bench.has(name)]
    if missing:
        yield failed("tools", f"missing: {' '.join(missing)}", adopt_hint(bench))
    else:
        yield ok("tools", f"{len(NEEDED)} under {bench.prefix}")


def check_linker(bench: Workbench) -> Iterator[CheckResult]:
    """The linker takes the options of a Genode tree's rules."""
    code = bench.compile(_CODE, "-fPIC", "-ffunction-sections")
    listed, versions = bench.write(_LISTED, ".list"), bench.write(_VERSIONS, ".map")
    common = ("-z", "max-page-size=0x1000", "-z", "noexecstack", "--gc-sections")
    trials: dict[str, Callable[[], bool]] = {
        "page size": lambda: _aligned(bench, "-e", "_start", *common, code),
        "--gc-sections": lambda: not _has_unused(bench, "-e", "_start", "--gc-sections", code),
        "shared library": lambda: (
            ".dynamic"
            in _linked(bench, "-shared", *common, "--eh-frame-hdr", "-soname=x.lib.so", code)
        ),
        "version script": lambda: (
            ".dynsym" in _linked(bench, "-shared", f"--version-script={versions}", code)
        ),
        "dynamic list": lambda: bool(
            _linked(bench, "-e", "_start", f"--dynamic-list={listed}", code)
        ),
        "-r": lambda: bool(_linked(bench, "-r", "-u", "value", code)),
        f"-m {bench.main.emulation}": lambda: bool(
            _linked(bench, "-m", bench.main.emulation, "-r", code)
        ),
        "binary input": lambda: (
            ".data" in _linked(bench, "-r", "--format", "binary", bench.write("x", ".bin"))
        ),
    }
    for name, works in trials.items():
        try:
            fine = works()
        except ProbeFailed as problem:
            yield failed("linker", f"{name}: {problem}", adopt_hint(bench))
            return
        if not fine:
            yield failed("linker", f"{name} has no effect", adopt_hint(bench))
            return
    yield ok("linker", ", ".join(trials))


def check_scripts(bench: Workbench) -> Iterator[CheckResult]:
    """Of two linker scripts with a section of the same name, the linker makes one section."""
    code = bench.compile(_CODE)
    first, second = bench.write(_FIRST, ".ld"), bench.write(_SECOND, ".ld")
    try:
        linked = bench.elf(
            bench.link("-nostdlib", "-Wl,-T", f"-Wl,{first}", "-Wl,-T", f"-Wl,{second}", code)
        )
    except ProbeFailed as problem:
        yield failed("linker scripts", str(problem), adopt_hint(bench))
        return
    named = [one for one in linked.iter_sections() if one.name == ".data"]
    # `value`, and then `zero`, which the second script moves here
    if len(named) == 1 and named[0]["sh_size"] >= 72 and ".bss" not in sections(linked):
        yield ok("linker scripts", "sections of one name are merged")
    else:
        yield failed(
            "linker scripts", "sections of one name stay apart (NOVA's core)", adopt_hint(bench)
        )


def check_binutils(bench: Workbench) -> Iterator[CheckResult]:
    """Debug information is split off, archives are made and listed."""
    code = bench.compile(_CODE, "-g")
    try:
        program = bench.link("-nostdlib", code, driver="gcc")
        debug, small = program.with_suffix(".debug"), program.with_suffix(".stripped")
        bench.run("objcopy", "--only-keep-debug", program, debug)
        bench.run("strip", "-o", small, program)
        bench.run("objcopy", f"--add-gnu-debuglink={debug}", small)
        archive = bench.directory / "probe.a"
        bench.run("ar", "rcsD", archive, code)
        bench.run("ranlib", "-D", archive)
        names = bench.run("nm", archive)
        listed = bench.run("objdump", "-d", code)
        split, left = sections(bench.elf(debug)), sections(bench.elf(small))
    except ProbeFailed as problem:
        yield failed("binutils", str(problem), adopt_hint(bench))
        return
    good = ".debug_info" in split and ".debug_info" not in left and ".gnu_debuglink" in left
    if good and "_start" in names and "_start" in listed:
        yield ok("binutils", "objcopy, strip, ar, ranlib, nm, objdump work")
    else:
        yield failed("binutils", "debug information is not split off", adopt_hint(bench))


def check_gdb(bench: Workbench) -> Iterator[CheckResult]:
    """There is a debugger, and it knows the architecture."""
    if not bench.has("gdb"):
        yield differs("gdb", "none", _other_gdb())
        return
    name = bench.architecture.gdb
    try:
        said = bench.run(
            "gdb", "-nx", "-batch", "-ex", f"set architecture {name}", "-ex", "show architecture"
        )
    except ProbeFailed as problem:
        yield failed("gdb", str(problem), adopt_hint(bench))
        return
    if f'"{name}"' in said:
        yield ok("gdb", f"knows {name}")
    else:
        yield differs("gdb", f"does not know {name}", _other_gdb())


def _other_gdb() -> str:
    return f"{install_debian_packages(['gdb-multiarch'])}, then adopt it again"


def _linked(bench: Workbench, *words: object) -> set[str]:
    return sections(bench.elf(bench.link(*(str(word) for word in words), driver="ld")))


def _has_unused(bench: Workbench, *words: object) -> bool:
    elf = bench.elf(bench.link(*(str(word) for word in words), driver="ld"))
    return any(symbol.name == "unused" for symbol in symbols(elf))


def _aligned(bench: Workbench, *words: object) -> bool:
    elf = bench.elf(bench.link(*(str(word) for word in words), driver="ld"))
    loads = [one for one in elf.iter_segments() if one["p_type"] == "PT_LOAD"]
    return "PT_GNU_RELRO" not in segments(elf) and {one["p_align"] for one in loads} == {0x1000}
