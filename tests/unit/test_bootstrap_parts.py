"""The parts of a bootstrap: versions, evidence, progress, sources, the order of steps."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import Event
from genode_tool.report.bootstrap import BootstrapVoice, duration
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal
from genode_tool.settings.layered import settings_of
from genode_tool.toolchain.architectures import ARCHITECTURES, architecture
from genode_tool.toolchain.bootstrap.components import Component, ToolChainFeature
from genode_tool.toolchain.bootstrap.events import StepProgress, StepStarted
from genode_tool.toolchain.bootstrap.execution.failure_line import find_failure_line
from genode_tool.toolchain.bootstrap.execution.progress import (
    BuildMeter,
    compile_units,
    compiled_file,
)
from genode_tool.toolchain.bootstrap.execution.rollback import Attempt, roll_back
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe
from genode_tool.toolchain.bootstrap.steps.source_changes import headers_text
from genode_tool.toolchain.bootstrap.steps.sources import (
    DebianSources,
    DirectorySources,
    ReleaseSources,
)
from genode_tool.toolchain.bootstrap.versions import (
    Versions,
    known_versions,
    pinned_by,
    versions_of,
)
from tests.unit.toolsources import write_sources


@pytest.mark.parametrize(
    ("release", "gcc", "binutils", "gdb"),
    [
        ("11.11", "4.6.1", "2.21.1", "7.3.1"),
        ("12.08", "4.6.1", "2.21.1", "7.3.1"),
        ("14.02", "4.7.2", "2.22", "7.3.1"),
        ("17.02", "4.9.2", "2.25", "7.3.1"),
        ("21.05", "10.3.0", "2.36.1", "10.2"),
        ("25.02", "12.3.0", "2.40", "13.1"),
        ("26.02", "14.2.0", "2.44", "16.3"),
    ],
)
def test_versions_of_releases(release: str, gcc: str, binutils: str, gdb: str) -> None:
    found = versions_of(release, known_versions(settings_of()))
    assert (found.gcc, found.binutils, found.gdb) == (gcc, binutils, gdb)


@pytest.mark.parametrize("release", ["11.05", "26.03", "latest", "26.2", ""])
def test_what_is_no_release_with_a_tool_chain(release: str) -> None:
    with pytest.raises(UserError, match="no tool chain is known"):
        versions_of(release, known_versions(settings_of()))


def test_a_tree_pins_its_own_versions(tmp_path: Path) -> None:
    assert pinned_by(tmp_path) is None
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/tool_chain").write_text(
        "TOOL_CHAIN_VERSION = 27.05\nGCC_VERSION        = 15.1.0\nBINUTILS_VERSION = 2.45\n"
    )
    assert pinned_by(tmp_path) is None  # it does not say which GDB
    ports = tmp_path / "repos/ports/ports"
    ports.mkdir(parents=True)
    (ports / "gdb.port").write_text("LICENSE := GPLv3\nVERSION   := 17.1\n")
    assert pinned_by(tmp_path) == Versions("27.05", "15.1.0", "2.45", "17.1")
    (ports / "binutils.port").write_text("VERSION := 2.45.1\n")
    found = pinned_by(tmp_path)
    assert found
    assert found.binutils == "2.45.1"  # what is downloaded, not what the script says


# Evidence

MAKE_OUTPUT = """\
checking for error: none
gcc -c a.c -o a.o
../b.c:3:1: warning: error: not really [-Wfoo]
gcc -c b.c -o b.o
../b.c:7:5: error: 'x' undeclared (first use in this function)
    7 |     x = 1;
      |     ^
gcc -c c.c -o c.o
make[2]: *** [Makefile:12: b.o] Error 1
make[2]: *** Waiting for unfinished jobs....
../d.c:1:1: error: another job's error
make[1]: *** [Makefile:99: all-bfd] Error 2
make: *** [Makefile:5: all] Error 2""".splitlines()


def test_the_first_error_of_a_parallel_build(tmp_path: Path) -> None:
    found = find_failure_line(MAKE_OUTPUT, tmp_path)
    assert found.line == "../b.c:7:5: error: 'x' undeclared (first use in this function)"
    assert found.number == 5
    assert found.context[0].strip() == "7 |     x = 1;"


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (
            "flex x.l\n/bin/sh: 1: flex: not found\nmake: *** [Makefile:2: x.c] Error 127",
            "/bin/sh: 1: flex: not found",
        ),
        (
            "g++ -c a.cc\ng++: fatal error: Killed signal terminated program cc1plus\n"
            "compilation terminated.\nmake: *** [Makefile:2: a.o] Error 1",
            "g++: fatal error: Killed signal terminated program cc1plus",
        ),
        (
            "as a.s\na.s: Assembler messages:\nFatal error: can't write 12 bytes to section .text "
            "of a.o: 'No space left on device'\nmake: *** [Makefile:2: a.o] Error 1",
            "Fatal error: can't write 12 bytes to section .text of a.o: 'No space left on device'",
        ),
        (
            "gcc -c x.c\nx.c: In function 'f':\n"
            "x.c:1:1: internal compiler error: in foo, at b.c:1\n"
            "make: *** [Makefile:2: x.o] Error 1",
            "x.c:1:1: internal compiler error: in foo, at b.c:1",
        ),
        ("ld a.o\na.o: undefined reference to `f'\nmake: *** [x] Error 1", None),
        ("one\nmake: [Makefile:3: x] Error 1 (ignored)\ntwo\nthe end", "the end"),
        ("ld -o x\nstrange words\nmake: *** [Makefile:2: x] Error 9", "strange words"),
        (
            "make[1]: Leaving directory '/a'\nMissing tests/Makefile\n"
            "make[1]: Leaving directory '/'\nmake: *** [Makefile:9: all] Error 1",
            "Missing tests/Makefile",
        ),
        ("make: *** [Makefile:9: all] Error 1", "make: *** [Makefile:9: all] Error 1"),
    ],
)
def test_kinds_of_errors(output: str, line: str | None, tmp_path: Path) -> None:
    found = find_failure_line(output.splitlines(), tmp_path)
    assert found.line.startswith(line or "a.o: undefined reference")


def test_silence_is_told(tmp_path: Path) -> None:
    assert find_failure_line([], tmp_path).line == "it printed nothing"


def test_the_config_log_of_the_part_that_gave_up(tmp_path: Path) -> None:
    for name, missing in (("bfd", "zlib.h"), ("gdb", "expat.h")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.log").write_text(
            f"configure:10: checking\nconftest.c:2:9: fatal error: first.h: No such file\n"
            "configure:20: gcc -c conftest.c\n"
            f"conftest.c:2:9: fatal error: {missing}: No such file\n"
            "configure: failed program was:\n| #include <x.h>\nconfigure:25: error: no library\n"
            "## Cache variables. ##\nac_cv_x=error: no\n"
        )
    output = [
        "Configuring in ./bfd",
        "Configuring in ./gdb",
        "checking for x... no",
        "configure: error: no library",
        "make[1]: *** [Makefile:9: configure-gdb] Error 1",
        "make: *** [Makefile:7: all] Error 2",
    ]
    found = find_failure_line(output, tmp_path)
    assert found.line == "configure: error: no library"
    assert found.config_log == tmp_path / "gdb/config.log"
    assert found.tried == ("conftest.c:2:9: fatal error: expat.h: No such file",)


# Progress


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"  CC       libz_a-adler32.o", "libz_a-adler32.o"),
        (
            b"g++ -fno-PIE -c   -O2 -DIN_GCC -I. -o insn-emit.o -MT insn-emit.o insn-emit.cc",
            "insn-emit.o",
        ),
        (b"libtool: compile:  gcc -DX -c ../../a/sframe.c -o sframe.o", "sframe.o"),
        (b"/b/./gcc/xgcc -B/b/./gcc/ -g -O2 -c ../../libgcc/libgcc2.c -o _muldi3.o", "_muldi3.o"),
        (b"  CCLD     ld-new", "ld-new"),
    ],
)
def test_lines_that_compile(line: bytes, name: str) -> None:
    assert compile_units(line) == (4 if b"g++" in line else 1)
    assert compiled_file(line) == name


@pytest.mark.parametrize(
    "line",
    [
        b"checking for gcc... gcc",
        b"Configuring in ./bfd",
        b"ranlib libbfd.a",
        b"mkdir -p -- ./intl",
    ],
)
def test_lines_that_do_not(line: bytes) -> None:
    assert compile_units(line) == 0


def test_an_estimate_follows_the_pace_of_this_call() -> None:
    meter = BuildMeter(expected=100, done=50)
    assert meter.seconds_left(60) is None
    for _ in range(25):
        meter.add(b"gcc -c a.c")
    meter.add(b"something else")
    assert meter.fraction == 0.75
    assert meter.seconds_left(60) == pytest.approx(60)
    for _ in range(500):
        meter.add(b"gcc -c a.c")
    assert meter.fraction < 1
    assert BuildMeter(0).fraction == 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (185, "3:05 min"), (3723, "1:02:03 h")]
)
def test_time_spans(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_where_nothing_is_live_each_tenth_is_told_once() -> None:
    voice, screen = BootstrapVoice(), Terminal(io.StringIO(), color=False, live=False, width=80)

    def told(event: Event) -> list[str]:
        return voice.lines_of(event, screen, 0) or []

    def moved(fraction: float) -> Event:
        return StepProgress("GCC for x86: compilers", 9, 11, fraction, 125.0, "cp/parser.o")

    begun = StepStarted("GCC for x86: compilers", 9, 11, Path("log"), resumed=True)
    assert told(begun) == ["[9/11] GCC for x86: compilers (goes on)"]
    assert told(moved(0.05)) == []
    assert told(moved(0.12)) == [
        "[9/11] GCC for x86: compilers: 12 %, about 2:05 min left  cp/parser.o"
    ]
    assert told(moved(0.19)) == []
    assert told(moved(0.31)) != []
    assert voice.status_of(moved(0.31)) == Status(
        "GCC for x86: compilers: 31 %, about 2:05 min left  cp/parser.o", 31, 100
    )
    assert voice.lines_of(moved(0.5), screen, -1) == []


# Sources


def test_every_pinned_version_since_17_05_can_be_downloaded(tmp_path: Path) -> None:
    settings = settings_of()
    for versions in known_versions(settings)[4:]:
        sources = ReleaseSources(versions, tmp_path, settings)
        for component in Component:
            supply = sources.supply(component)
            (line,) = supply.action.commands()
            assert f"{component.value}-{supply.version}.tar." in line


def test_an_archive_without_a_known_hash_is_not_downloaded(tmp_path: Path) -> None:
    sources = ReleaseSources(known_versions(settings_of())[0], tmp_path, settings_of())
    with pytest.raises(UserError, match=r"no known digest to verify a download of gcc-4\.6\.1"):
        sources.supply(Component.GCC)


def fake_apt(directory: Path, names: str, version: str) -> None:
    path = directory / "apt-cache"
    path.write_text(
        f'#!/bin/sh\ncase $1 in pkgnames) echo "{names}" ;;\n'
        f'show) [ -n "{version}" ] && echo "Package: x" && echo "Version: {version}" ;; esac\n'
    )
    path.chmod(0o755)


def test_the_distributions_newest_gcc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    fake_apt(tmp_path, "gcc-9-source gcc-12-source gcc-12-doc gcc-11-source", "2:12.2.0-14+deb12u1")
    sources = DebianSources(tmp_path / "sources")
    supply = sources.supply(Component.GCC)
    assert supply.version == "12.2.0"
    assert supply.action.commands() == ("apt-get download gcc-12-source=2:12.2.0-14+deb12u1",)
    assert sources.name() == "debian-12.2.0"
    fake_apt(tmp_path, "gcc-12", "")
    with pytest.raises(EnvironmentProblem, match="no such package in apt: gcc-N-source") as caught:
        sources.supply(Component.GCC)
    assert "apt-get update" in caught.value.hint


def test_the_version_of_sources_of_ones_own(tmp_path: Path) -> None:
    for name in ("gcc-14.2.0.tar.xz", "binutils_2.44.orig.tar.gz"):
        (tmp_path / name).touch()
    (tmp_path / "gdb").mkdir()
    (tmp_path / "gdb/configure").touch()
    sources = DirectorySources(tmp_path)
    versions = [sources.supply(component).version for component in Component]
    assert versions == ["2.44", "14.2.0", "unknown"]
    assert sources.name() == "gcc-14.2.0"


# Recipe


def test_every_step_rests_on_earlier_ones(tmp_path: Path) -> None:
    sources = DirectorySources(write_sources(tmp_path / "sources"))
    recipe = BuildRecipe(
        ARCHITECTURES, tuple(ToolChainFeature), sources, tmp_path / "b", tmp_path / "p"
    )
    seen: set[str] = set()
    for step in recipe.steps():
        assert set(step.needs) <= seen, step.name
        seen.add(step.name)
    assert len({step.key for step in recipe.steps()}) == len(seen)


@pytest.mark.parametrize(
    ("version", "instructions"), [("10.3.0", "rv64imac"), ("14.2.0", "rv64imac_zicsr_zifencei")]
)
def test_riscv_is_named_as_the_version_understands_it(
    version: str, instructions: str, tmp_path: Path
) -> None:
    for name in ("gcc", "binutils"):
        (tmp_path / f"{name}-{version}.tar.xz").touch()
    sources = DirectorySources(tmp_path)
    recipe = BuildRecipe(
        (architecture("riscv"),), (ToolChainFeature.C,), sources, tmp_path / "b", tmp_path / "p"
    )
    (configure,) = (one for one in recipe.steps() if one.name == "riscv-gcc-configure")
    assert f"--with-arch={instructions} " in configure.action.commands()[0]


def keys(recipe: BuildRecipe) -> dict[str, str]:
    return {step.name: step.key for step in recipe.steps()}


def test_what_a_changed_input_makes_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = DirectorySources(write_sources(tmp_path / "sources"))
    x86 = (architecture("x86"),)
    before = keys(BuildRecipe(x86, (ToolChainFeature.C,), sources, tmp_path / "b", tmp_path / "p"))
    more = keys(
        BuildRecipe(
            x86, (ToolChainFeature.C, ToolChainFeature.GO), sources, tmp_path / "b", tmp_path / "p"
        )
    )
    changed = {name for name in before if before[name] != more[name]}
    assert changed == {
        f"x86-gcc-{part}" for part in ("configure", "compilers", "libraries", "install")
    }
    monkeypatch.setattr(
        "genode_tool.toolchain.bootstrap.steps.recipe.headers_text", lambda: (("link.h", "new"),)
    )
    headers = keys(BuildRecipe(x86, (ToolChainFeature.C,), sources, tmp_path / "b", tmp_path / "p"))
    changed = {name for name in before if before[name] != headers[name]}
    assert changed == {"x86-gcc-libraries", "x86-gcc-install"}


def test_only_what_an_attempt_left_last_is_removed(tmp_path: Path) -> None:
    times = {"before.o": 95, "early.o": 110, "late.o": 195, "half.o": 200, "stamp": 199, "ld": 200}
    for name, time in times.items():
        (tmp_path / name).write_bytes(b"timestamp" if name == "stamp" else b"\x7fELF")
        os.utime(tmp_path / name, (time, time))
    assert roll_back(tmp_path, Attempt(began=100, ended=200, orderly=True)) == 0
    assert roll_back(tmp_path, Attempt(began=100, ended=200)) == 3
    assert {one.name for one in tmp_path.iterdir()} == {"before.o", "early.o", "stamp"}
    os.utime(tmp_path / "early.o", (103, 103))
    assert roll_back(tmp_path, Attempt(began=100, ended=105)) == 1
    assert {one.name for one in tmp_path.iterdir()} == {"before.o", "stamp"}


def test_what_makefiles_include_stays_and_half_configured_parts_are_configured_anew(
    tmp_path: Path,
) -> None:
    early, late = 110, 195
    for name, time in (
        ("bfd/.deps/a.Po", late),
        ("bfd/Makefile", early),
        ("bfd/config.log", early),
        ("gas/Makefile", early),
        ("gas/config.status", early),
        ("gas/config.log", late),
        ("gas/as.o", late),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
        os.utime(path, (time, time))
    roll_back(tmp_path, Attempt(began=100, ended=200))
    left = {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()}
    assert left == {"bfd/.deps/a.Po", "bfd/Makefile", "bfd/config.log", "gas/config.log"}
    assert (tmp_path / "bfd/.deps/a.Po").read_text() == "# dummy\n"


@pytest.mark.parametrize("flags", [("-m64",), ("-m32",), ("-m64", "-x", "c++")])
def test_our_headers_stand_alone(tmp_path: Path, flags: tuple[str, ...]) -> None:
    for name, text in headers_text():
        (tmp_path / name).write_text(text)
    user = "".join(f"#include <{name}>\n" for name, _ in headers_text())
    (tmp_path / "user.c").write_text(
        user + "int use(void) { return sizeof(ElfW(Phdr)) == (sizeof(long) == 8 ? 56 : 32); }\n"
        "typedef char as_elf_says[sizeof(Elf64_Dyn) == 16 && sizeof(Elf32_Dyn) == 8 ? 1 : -1];\n"
    )
    alone = ("-ffreestanding", "-nostdinc", "-isystem", str(tmp_path), "-isystem", _own())
    strict = ("-Wall", "-Wextra", "-Werror")
    done = subprocess.run(
        ["gcc", *alone, *strict, *flags, "-c", "user.c", "-o", "user.o"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _own() -> str:
    """Return the directory of the compiler's own headers."""
    done = subprocess.run(
        ["gcc", "-print-file-name=include"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
