"""Adopting the distribution's compilers: what the wrappers do, and how adoption fails."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.toolchain.adopt import adopt
from genode_tool.toolchain.adopt import linker_scripts as scripts
from genode_tool.toolchain.adopt.host_compilers import (
    DISTRIBUTION_COMPILERS,
    HostTools,
    WantedCompiler,
    find_host_tools,
)
from genode_tool.toolchain.adopt.specs import clang_configuration, integer_types
from genode_tool.toolchain.architectures import Multilib, architecture, architecture_of
from genode_tool.toolchain.check import tool_chain_at
from genode_tool.toolchain.prefix import adopted_directory, architectures_in, find_tool_chain
from tests.unit.toolchains import Adopting, adopted, need

__all__ = ["adopted"]


def ask(prefix: str, tool: str, *words: str) -> str:
    return subprocess.run(
        [f"{prefix}{tool}", *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_wrapped_compiler_answers_questions(adopted: Adopting) -> None:
    real = adopted("x86")
    assert ask(real.prefix, "gcc", "-dumpfullversion") == real.version
    assert real.version in ask(real.prefix, "g++", "--version").split()
    for multilib in real.architecture.multilibs:
        if multilib in real.missing:
            continue
        for name in ("libsupc++.a", "libgcc_eh.a", "libgcc.a"):
            path = Path(ask(real.prefix, "g++", *multilib.flags, f"-print-file-name={name}"))
            assert path.is_file()
            assert "lib/x86" in str(path)
    libgcc = Path(ask(real.prefix, "g++", "-print-libgcc-file-name"))
    assert (libgcc.parent / "include/stddef.h").is_file()  # where a tree's rules look


def test_paths_of_tools_and_libraries_have_no_blanks(adopted: Adopting) -> None:
    real = adopted("x86")
    assert " " not in real.prefix
    assert " " not in ask(real.prefix, "gcc", "-print-libgcc-file-name")


def test_the_user_has_the_last_word(adopted: Adopting, tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("int a = __linux__;\n")
    gcc = f"{adopted('x86').prefix}gcc"
    done = subprocess.run([gcc, "-c", "x.c"], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 1
    subprocess.run([gcc, "-D__linux__=7", "-fPIE", "-c", "x.c"], cwd=tmp_path, check=True)


def test_sizes_and_thread_local_variables_are_the_pinned_ones(
    adopted: Adopting, tmp_path: Path
) -> None:
    real = adopted("arm")
    if not (Path(real.prefix).parent.parent / "lib/arm/bare_cxx.so").is_file():
        pytest.skip("no headers for plugins of GCC")
    (tmp_path / "x.cc").write_text(
        "#include <new>\n#include <stddef.h>\n"
        "struct Place; void *operator new(size_t, Place &);\n"
        "void show(size_t); void show(ptrdiff_t);\n"
        "int *get(Place &place) { show(sizeof(int)); return new (place) int; }\n"
        "int *get(int *a, int *b) { show(a - b); return new int[3]; }\n"
        "thread_local int counter; int next() { return ++counter; }\n"
        'extern "C" void *memcpy(void *, void const *, size_t);\n'
    )
    gxx = [f"{real.prefix}g++", "-std=gnu++20", "-Wall", "-Wextra", "-Werror", "-c", "x.cc"]
    subprocess.run(gxx, cwd=tmp_path, check=True)
    wanted = set(ask(real.prefix, "nm", "-u", f"{tmp_path}/x.o").split())
    assert wanted >= {"_ZnwmR5Place", "_Znam", "_Z4showm", "_Z4showl", "__emutls_get_address"}


def test_what_the_unwinder_of_gcc_16_reads_is_there(adopted: Adopting) -> None:
    real = adopted("aarch64")
    libgcc = ask(real.prefix, "gcc", "-print-libgcc-file-name")
    symbols = ask(real.prefix, "nm", "--defined-only", libgcc).split()
    assert {"__aarch64_cpu_features", "__aarch64_have_lse_atomics"} <= set(symbols)
    assert "__init_cpu_features" not in symbols


def test_constants_of_64_bits_have_a_type_in_old_and_new_clang() -> None:
    """As suffixes until clang 19, as macros since clang 20."""
    lines = clang_configuration(architecture("x86")).splitlines()
    assert "-D__INT64_C_SUFFIX__=LL" in lines
    assert "'-D__INT64_C(c)=c##LL'" in lines
    assert lines.index("'-U__UINTMAX_C'") < lines.index("'-D__UINTMAX_C(c)=c##ULL'")


def test_adopting_again_changes_no_file(tmp_path: Path) -> None:
    need("x86_64-linux-gnu-g++")

    def state() -> dict[str, int]:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {str(path): path.stat().st_mtime_ns for path in files}

    adopt(architecture("x86"), tmp_path)
    before = state()
    adopt(architecture("x86"), tmp_path)
    assert state() == before  # compiler caches look at these times


@pytest.mark.parametrize(
    ("text", "command"), [("gcc", "g++"), ("gcc-13", "g++-13"), ("clang-9", "g++-9")]
)
def test_a_compiler_is_named_with_or_without_its_version(text: str, command: str) -> None:
    wanted = WantedCompiler.parse(text)
    assert (str(wanted), wanted.command("g++")) == (text, command)


@pytest.mark.parametrize("text", ["", "icc", "gcc-", "gcc-x", "gcc-0", "gcc-12.2", "gcc-100"])
def test_what_is_no_compiler_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not a compiler"):
        WantedCompiler.parse(text)


def test_packages_of_another_version_are_told() -> None:
    version = WantedCompiler.parse("gcc-98")
    with pytest.raises(EnvironmentProblem) as raised:
        find_host_tools(architecture("aarch64"), version)
    assert "gcc-98-aarch64-linux-gnu g++-98-aarch64-linux-gnu" in raised.value.hint
    with pytest.raises(EnvironmentProblem) as raised:
        find_host_tools(architecture("x86"), version)
    assert "gcc-98 g++-98 binutils" in raised.value.hint


def test_two_versions_are_adopted_side_by_side(tmp_path: Path, adopted: Adopting) -> None:
    """The version that has the default's number is that compiler under another name."""
    real = adopted("x86")
    version = WantedCompiler.parse(f"gcc-{real.version.partition('.')[0]}")
    other = adopt(real.architecture, tmp_path / f"adopted-{version}", version)
    assert other.version == real.version
    record = tool_chain_at(other.architecture, other.prefix, "").record
    assert record is not None
    assert record["wanted"] == str(version)
    assert adopted_directory(str(version)).name == f"adopted-{version}"


def test_an_old_adoption_is_replaced_and_its_libraries_go(tmp_path: Path) -> None:
    need("x86_64-linux-gnu-g++")
    old = tmp_path / "lib/x86-0123456789ab"
    old.mkdir(parents=True)
    (tmp_path / "lib/x86").symlink_to(old.name)
    adopt(architecture("x86"), tmp_path)
    assert not old.exists()
    assert (tmp_path / "lib/x86/libsupc++.a").is_file()
    assert [one.name for one in architectures_in(tmp_path)] == ["x86"]
    assert not list(tmp_path.rglob("*.part"))


def test_a_missing_compiler_is_told_with_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentProblem, match="`aarch64-linux-gnu-gcc` is missing") as caught:
        adopt(architecture("aarch64"), tmp_path / "tools")
    assert "g++-aarch64-linux-gnu" in caught.value.hint
    assert not (tmp_path / "tools").exists()


def test_a_compiler_without_libraries_is_told_with_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("riscv64-linux-gnu-g++")
    distribution = replace(DISTRIBUTION_COMPILERS["riscv"], soft_float="no-such-triplet")
    monkeypatch.setitem(DISTRIBUTION_COMPILERS, "riscv", distribution)
    with pytest.raises(EnvironmentProblem, match="incomplete") as caught:
        adopt(architecture("riscv"), tmp_path / "tools")
    assert "gcc-riscv64-unknown-elf" in caught.value.hint
    assert not list((tmp_path / "tools").rglob("genode-riscv-*"))


def test_a_compiler_without_32_bit_libraries_is_adopted_and_lacks_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("x86_64-linux-gnu-g++")
    found = HostTools.library

    def for_64_bit(tools: HostTools, multilib: Multilib, name: str) -> Path | None:
        return None if multilib.bits == 32 else found(tools, multilib, name)

    monkeypatch.setattr(HostTools, "library", for_64_bit)
    real = adopt(architecture("x86"), tmp_path)
    assert [one.name for one in real.missing] == ["32"]
    assert (tmp_path / "lib/x86/libsupc++.a").is_file()
    assert not (tmp_path / "lib/x86/32").exists()
    assert [one.name for one in adopt(architecture("x86"), tmp_path).missing] == ["32"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_without_permission_is_told(tmp_path: Path) -> None:
    need("x86_64-linux-gnu-g++")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(EnvironmentProblem, match="Permission denied") as caught:
        adopt(architecture("x86"), closed / "tools")
    assert "--prefix DIR" in caught.value.hint


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    need("x86_64-linux-gnu-g++")
    (tmp_path / "tools").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot write") as caught:
        adopt(architecture("x86"), tmp_path / "tools")
    assert "--prefix DIR" in caught.value.hint


def test_a_full_disk_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("x86_64-linux-gnu-g++")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("genode_tool.toolchain.adopt.wrappers.copy_merger", full)
    with pytest.raises(EnvironmentProblem, match="No space left on device"):
        adopt(architecture("x86"), tmp_path)
    assert [path.name for path in (tmp_path / "lib").iterdir()] == []
    assert architectures_in(tmp_path) == ()
    monkeypatch.undo()
    adopt(architecture("x86"), tmp_path)
    assert architectures_in(tmp_path) == (architecture("x86"),)


def test_a_tool_chain_is_found_by_what_it_is_for(tmp_path: Path, adopted: Adopting) -> None:
    directory = Path(adopted("x86").prefix).parent.parent
    assert find_tool_chain(directory, [architecture("x86")]) == directory
    (tmp_path / "adopted").symlink_to(directory)
    assert find_tool_chain(tmp_path) == tmp_path / "adopted"
    with pytest.raises(EnvironmentProblem, match="no tool chain"):
        find_tool_chain(tmp_path / "none")


@pytest.mark.parametrize(
    ("platform", "name"),
    [("x86_64", "x86"), ("arm_v8a", "aarch64"), ("arm_v7a", "arm"), ("linux_x86", "x86"),
     ("hw_pbxa9", "arm"), ("pbxa9", "arm"), ("zynq_qemu", "arm"), ("riscv_spike", "riscv"),
     ("muen", "x86"), ("imx53_qsb_tz", "arm"),
     ("riscv", "riscv"), ("hw_x86_64_muen", "x86"), ("arm_v6", "arm")],
)  # fmt: skip
def test_platforms_belong_to_architectures(platform: str, name: str) -> None:
    assert architecture_of(platform).name == name
    with pytest.raises(UserError, match="no tool chain is known for platform `sparc`"):
        architecture_of("sparc")


@pytest.mark.parametrize(
    ("machine", "name"),
    [("x86_64", "x86"), ("i686", "x86"), ("aarch64", "aarch64"), ("armv7l", "arm")],
)
def test_the_platform_linux_is_the_host(
    machine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert architecture_of("linux").name == name
    assert architecture_of("linux_arm").name == "arm"


def test_each_64_bit_type_is_long_long() -> None:
    wide = {name for name, text in integer_types().items() if text.startswith("long long")}
    assert {"__INT64_TYPE__", "__UINT64_TYPE__", "__INTMAX_TYPE__", "__UINTMAX_TYPE__"} <= wide


def test_sections_of_one_name_are_joined() -> None:
    first = (
        "PHDRS { ro PT_LOAD; rw PT_LOAD; }\n"
        "SECTIONS {\n  . = 0x1000; /* { */\n"
        "  .text : { *(.text) } : ro = 0x0\n"
        "  .data ALIGN(8) : AT(5) { a = .; *(.data) LONG(1) } : rw\n"
        "  end = .;\n}\n"
    )
    second = "SECTIONS { .data : { *(.bss) } : rw .more : { *(.more) } last = .; }"
    merged = scripts.merge([first, second])
    assert merged is not None
    assert merged.count(".data ALIGN") == 1
    assert "LONG(1)  *(.bss) " in merged
    assert ".more : { *(.more) }" in merged and "last = .;" in merged
    assert merged.count("{") == merged.count("}")


def test_scripts_without_common_sections_stay_as_they_are() -> None:
    assert scripts.merge(["SECTIONS { .a : { } }", "SECTIONS { . = 4; .b : { } }"]) is None
    assert scripts.merge(["SECTIONS { /DISCARD/ : { *(.x) } }"] * 2) is None


@pytest.mark.parametrize("text", ["SECTIONS { .a : {", "SECTIONS {", "SECTIONS"])
def test_a_broken_script_is_left_to_the_linker(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.ld").write_text(text)
    words = [str(tmp_path), "-T", f"{tmp_path}/a.ld", "-T", f"{tmp_path}/a.ld"]
    assert scripts.main(words) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.ld"]


def test_scripts_are_told_from_other_options() -> None:
    words = ["-Ttext=1", "-T", "a", "-Tb", "--script=c", "-Tdata", "5", "-o", "x", "--script", "d"]
    assert scripts.split_options(words) == (
        ["a", "b", "c", "d"],
        ["-Ttext=1", "-Tdata", "5", "-o", "x"],
    )


@pytest.mark.parametrize("option", ["-dT ", "--default-script ", "--default-script="])
def test_a_default_script_is_none_that_is_joined(
    option: str, adopted: Adopting, tmp_path: Path
) -> None:
    (tmp_path / "x.c").write_text("int value = 1, zero; void _start(void) { value = zero; }\n")
    text = "SECTIONS { .text : { *(.text) } .data : { *(.data) } .bss : { *(.bss) } }\n"
    (tmp_path / "given.ld").write_text(f"{text}given = 1;\n")
    (tmp_path / "default.ld").write_text(f"PHDRS {{ x PT_LOAD FILEHDR PHDRS; }}\n{text}fault = 1;")
    prefix = adopted("x86").prefix
    subprocess.run([f"{prefix}gcc", "-c", "x.c"], cwd=tmp_path, check=True)
    words = f"-T given.ld {option}default.ld x.o -o out"
    subprocess.run([f"{prefix}ld", *words.split()], cwd=tmp_path, check=True)
    symbols = ask(prefix, "nm", str(tmp_path / "out"))
    assert " given\n" in symbols and "fault" not in symbols


def test_scripts_among_the_objects_add_to_the_default_one(tmp_path: Path) -> None:
    (tmp_path / "a.ld").write_text("SECTIONS { .data : { *(.bss) } }\n")
    assert scripts.main([str(tmp_path), f"{tmp_path}/a.ld", f"{tmp_path}/a.ld", "-o", "x"]) == 1
    assert scripts.main([str(tmp_path), "-T", f"{tmp_path}/a.ld", f"{tmp_path}/a.ld"]) == 0


def test_a_script_among_the_objects_is_joined_without_a_warning(
    adopted: Adopting, tmp_path: Path
) -> None:
    (tmp_path / "x.c").write_text("int value = 1, zero; void _start(void) { value = zero; }\n")
    (tmp_path / "1.ld").write_text("SECTIONS { .text : { *(.text) } .data : { *(.data) } }\n")
    (tmp_path / "2.ld").write_text("SECTIONS { .data : { *(.bss) } }\n")
    (tmp_path / "symbols.ld").write_text("outside = 0x1000;\n")
    command = f"{adopted('x86').prefix}gcc -nostdlib -Wl,-T -Wl,1.ld 2.ld symbols.ld x.c -o out.ld"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    listed = ask(adopted("x86").prefix, "readelf", "-SW", str(tmp_path / "out.ld"))
    assert ".data" in listed and ".bss" not in listed


_HEADERS = """\
PHDRS { headers PT_PHDR PHDRS; text PT_LOAD%s FLAGS(5); data PT_LOAD; }
SECTIONS { .text 0x1000000 : { *(.text) } : text .data : { *(.data) } : data }
"""


@pytest.mark.parametrize(("covered", "kept"), [("", False), (" FILEHDR PHDRS", True)])
def test_headers_that_no_segment_loads_are_left_out(
    covered: str, kept: bool, adopted: Adopting, tmp_path: Path
) -> None:
    """Linker scripts up to 20.11 have such a segment; later ones do without it."""
    (tmp_path / "x.c").write_text("int value = 1; void _start(void) { value = 2; }\n")
    (tmp_path / "dyn.ld").write_text(_HEADERS.replace("{ h", "{\n h") % covered)
    command = f"{adopted('x86').prefix}gcc -nostdlib -Wl,-T -Wl,{tmp_path}/dyn.ld x.c -o out"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    listed = ask(adopted("x86").prefix, "readelf", "-lW", str(tmp_path / "out"))
    assert ("PHDR " in listed) is kept


def test_options_with_blanks_survive_the_joining_of_scripts(
    adopted: Adopting, tmp_path: Path
) -> None:
    place = tmp_path / "a 'b' \\c"
    place.mkdir()
    (place / "x.c").write_text("int value = 1, zero; void _start(void) { value = zero; }\n")
    (place / "1.ld").write_text("SECTIONS { .text : { *(.text) } .data : { *(.data) } }\n")
    (place / "2.ld").write_text("SECTIONS { .data : { *(.bss) } }\n")
    prefix = adopted("x86").prefix
    subprocess.run([f"{prefix}gcc", "-c", "x.c"], cwd=place, check=True)
    words = ["-T", f"{place}/1.ld", "-T", f"{place}/2.ld", "-o", f"{place}/out", f"{place}/x.o"]
    subprocess.run([f"{prefix}ld", *words], check=True)
    listed = ask(prefix, "readelf", "-SW", f"{place}/out")
    assert ".data" in listed and ".bss" not in listed
    failing = subprocess.run([f"{prefix}ld", *words, "none.o"], capture_output=True, check=False)
    assert failing.returncode == 1
