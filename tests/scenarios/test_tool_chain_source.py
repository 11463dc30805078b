"""The real binutils, from the distribution's package of sources to a linker that links.

The same recipe makes the compilers, which takes too long here: `GENODE_TEST_TOOL_CHAIN=gcc`
does that, in a directory named by `GENODE_TEST_TOOL_CHAIN_DIR` so that it can go on.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem
from genode_tool.toolchain.architectures import architecture
from genode_tool.toolchain.bootstrap.build import BuildOptions, build
from genode_tool.toolchain.bootstrap.components import Component, ToolChainFeature
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe
from genode_tool.toolchain.bootstrap.steps.sources import DebianSources

X86 = architecture("x86")
JOBS = os.cpu_count() or 1


def say(*argv: str | Path, cwd: Path) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def recipe_in(place: Path, *components: Component) -> BuildRecipe:
    return BuildRecipe(
        (X86,),
        (ToolChainFeature.C, ToolChainFeature.CXX),
        DebianSources(place / "sources"),
        place / "build",
        place / "tools",
        components=components,
    )


@pytest.mark.timeout(7200)
def test_binutils(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, Component.BINUTILS)
    try:
        recipe.steps()
    except EnvironmentProblem as problem:
        pytest.skip(f"no package of sources: {problem}")
    build(recipe, BuildOptions(JOBS))
    tools = recipe.prefix / "bin" / X86.tool_prefix
    (tmp_path / "a.s").write_text(
        ".globl _start\n_start: mov $12 / 4, %eax\n.data\n.long 1\n", encoding="utf-8"
    )
    (tmp_path / "first.ld").write_text("SECTIONS { .text : { *(.text) } .data : { *(.data) } }\n")
    (tmp_path / "more.ld").write_text("SECTIONS { .data : { LONG(7) } }\n")
    for flag, emulation, kind in (
        ("--64", "elf_x86_64", "elf64-x86-64"),
        ("--32", "elf_i386", "elf32-i386"),
    ):
        say(f"{tools}as", flag, "a.s", "-o", "a.o", cwd=tmp_path)
        link = (f"{tools}ld", "-m", emulation, "-T", "first.ld", "-T", "more.ld")
        say(*link, "a.o", "-o", "a", cwd=tmp_path)
        shown = say(f"{tools}objdump", "-dh", "a", cwd=tmp_path)
        assert f"file format {kind}" in shown
        assert "$0x3,%eax" in shown  # "/" divides
        assert shown.count(" .data ") == 1  # the second script added to the first one's section
    shared = say(f"{tools}ld", "--help", cwd=tmp_path)
    assert "-shared" in shared
    assert say(recipe.prefix / X86.target / "bin/ar", "--version", cwd=tmp_path).startswith(
        "GNU ar"
    )


PROGRAM = """
typedef unsigned long size_t;
static int made;
struct Object { Object() { made = 20; } } object;
struct Error { int value; };
int thrower(int value) { throw Error { value }; }
int run() { try { return thrower(22); } catch (Error const &error) { return made + error.value; } }
"""


@pytest.mark.timeout(24 * 3600)
@pytest.mark.skipif(
    os.environ.get("GENODE_TEST_TOOL_CHAIN") != "gcc", reason="takes about half an hour of CPU"
)
def test_compilers(tmp_path: Path) -> None:
    place = Path(os.environ.get("GENODE_TEST_TOOL_CHAIN_DIR") or tmp_path)
    recipe = recipe_in(place, Component.BINUTILS, Component.GCC)
    build(recipe, BuildOptions(JOBS, keep=True))
    tools = recipe.prefix / "bin" / X86.tool_prefix
    (tmp_path / "a.cc").write_text(PROGRAM)
    for flag, kind in (("-m64", "elf64-x86-64"), ("-m32", "elf32-i386")):
        say(f"{tools}g++", flag, "-c", "a.cc", "-o", "a.o", cwd=tmp_path)
        assert f"file format {kind}" in say(f"{tools}objdump", "-h", "a.o", cwd=tmp_path)
        for name in ("libgcc.a", "libgcc_eh.a", "libsupc++.a"):
            found = say(f"{tools}g++", flag, f"-print-file-name={name}", cwd=tmp_path).strip()
            assert Path(found).is_absolute(), name
