"""The boot-module object against what the assembler makes of the same format."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.binary.boot_modules import BootModule, write_boot_modules
from genode_tool.binary.elf import MACHINES, ElfMachine, machine_named
from genode_tool.binary.image import problems_of, read_image
from genode_tool.errors import UserError

needs_binutils = pytest.mark.skipif(
    any(shutil.which(program) is None for program in ("as", "ld", "readelf", "objcopy")),
    reason="binutils missing",
)

_CONTENTS = {"init": b"I" * 5000, "config": b"<config/>\n", "empty": b"", "page": b"p" * 4096}


def _modules(directory: Path) -> list[BootModule]:
    modules = []
    for name, content in _CONTENTS.items():
        (directory / name).write_bytes(content)
        modules.append(BootModule.from_file(directory / name))
    return modules


def _run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def _assembled(directory: Path) -> Path:
    """The same object, made by `as` from a description of our own."""
    lines = [".data", ".globl _boot_modules_headers_begin", "_boot_modules_headers_begin:"]
    for index in range(len(_CONTENTS)):
        lines.append(f".quad n{index}, c{index}, e{index} - c{index}")
    lines += [".globl _boot_modules_headers_end", "_boot_modules_headers_end:"]
    for index, name in enumerate(_CONTENTS):
        lines += [f'n{index}: .asciz "{name}"', ".balign 8"]
    lines += ['.section .data.boot_modules_binaries, "aw"', ".balign 4096"]
    lines += [".globl _boot_modules_binaries_begin", "_boot_modules_binaries_begin:"]
    for index, name in enumerate(_CONTENTS):
        lines += [f'c{index}: .incbin "{directory / name}"', f"e{index}:", ".balign 4096"]
    lines += [".globl _boot_modules_binaries_end", "_boot_modules_binaries_end:"]
    source, target = directory / "modules.s", directory / "by_as.o"
    source.write_text("\n".join(lines) + "\n")
    _run("as", "-o", str(target), str(source))
    return target


def _linked_bytes(directory: Path, module_object: Path) -> bytes:
    """Link with a fixed layout and return the flat memory image."""
    script = directory / "flat.ld"
    script.write_text(
        "ENTRY(_boot_modules_headers_begin)\n"
        "SECTIONS { . = 0x200000; .data : { *(.data) }\n"
        ". = ALIGN(4096); .mods : { *(.data.boot_modules_binaries) } }\n"
    )
    linked, flat = module_object.with_suffix(".elf"), module_object.with_suffix(".bin")
    _run("ld", "-T", str(script), "-o", str(linked), str(module_object))
    _run("objcopy", "-O", "binary", str(linked), str(flat))
    assert problems_of(read_image(linked), multiboot=False) == ()
    return flat.read_bytes()


@needs_binutils
def test_links_to_the_same_bytes_as_the_assembler_s_object(tmp_path: Path) -> None:
    ours = tmp_path / "ours.o"
    write_boot_modules(ours, machine_named("x86_64"), _modules(tmp_path))
    assert _linked_bytes(tmp_path, ours) == _linked_bytes(tmp_path, _assembled(tmp_path))


@needs_binutils
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_readelf_has_nothing_to_complain_about(tmp_path: Path, machine: ElfMachine) -> None:
    target = tmp_path / "modules.o"
    write_boot_modules(target, machine, _modules(tmp_path))
    result = subprocess.run(
        ["readelf", "--all", "--wide", str(target)], capture_output=True, text=True, check=True
    )
    assert "warning" not in result.stderr.lower() and "error" not in result.stderr.lower()
    assert "_boot_modules_headers_begin" in result.stdout
    assert f"{2 * len(_CONTENTS)} entries" in result.stdout
    for number in (result.stdout.count(f"_boot_module_{i}_begin") for i in range(1, 5)):
        assert number >= 2  # once as symbol, once in a relocation


@needs_binutils
def test_links_for_32_bit_with_addresses_in_place(tmp_path: Path) -> None:
    target = tmp_path / "modules.o"
    write_boot_modules(target, machine_named("x86_32"), _modules(tmp_path))
    linked = tmp_path / "image"
    _run("ld", "-m", "elf_i386", "-e", "_boot_modules_headers_begin",
         "-o", str(linked), str(target))  # fmt: skip
    flat = tmp_path / "image.bin"
    _run("objcopy", "-O", "binary", "-j", ".data", str(linked), str(flat))
    content = flat.read_bytes()
    words = [int.from_bytes(content[i : i + 4], "little") for i in range(0, 48, 4)]
    symbols = {
        fields[7]: int(fields[1], 16)
        for fields in map(str.split, _run("readelf", "-sW", str(linked)).splitlines())
        if len(fields) == 8 and fields[1] != "Value"
    }
    assert words[0::3] == [symbols[f"_boot_module_{i}_name"] for i in range(1, 5)]
    assert words[1::3] == [symbols[f"_boot_module_{i}_begin"] for i in range(1, 5)]
    assert words[2::3] == [len(content) for content in _CONTENTS.values()]


def test_the_same_modules_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1.o", tmp_path / "2.o"
    modules = _modules(tmp_path)
    write_boot_modules(first, machine_named("x86_64"), modules)
    write_boot_modules(second, machine_named("x86_64"), modules)
    assert first.read_bytes() == second.read_bytes()


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    modules = _modules(tmp_path)
    with pytest.raises(UserError, match='"init" appears twice'):
        write_boot_modules(tmp_path / "x.o", machine_named("x86_64"), [modules[0], modules[0]])
    assert not (tmp_path / "x.o").exists()


def test_a_module_that_shrank_is_noticed_and_leaves_no_object(tmp_path: Path) -> None:
    modules = _modules(tmp_path)
    (tmp_path / "init").write_bytes(b"short")
    with pytest.raises(UserError, match="changed while it was copied"):
        write_boot_modules(tmp_path / "x.o", machine_named("x86_64"), modules)
    assert sorted(path.name for path in tmp_path.glob("*.o*")) == []


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"boot module .*nothing: No such file"):
        BootModule.from_file(tmp_path / "nothing")


@needs_binutils
def test_undefined_symbols_and_lost_entries_are_told(tmp_path: Path) -> None:
    source, unlinked = tmp_path / "x.s", tmp_path / "x.o"
    source.write_text(".globl _start\n_start: nop\n .quad absent\n")
    _run("as", "-o", str(unlinked), str(source))
    assert problems_of(read_image(unlinked), multiboot=False) == (
        "undefined symbols: absent",
        "no loadable segment",
    )
    source.write_text(".globl _start\n_start: nop\n")
    _run("as", "-o", str(unlinked), str(source))
    _run("ld", "-e", "0x99", "-o", str(tmp_path / "x"), str(unlinked))
    assert problems_of(read_image(tmp_path / "x"), multiboot=True) == (
        "entry 0x99 is outside of all loadable segments",
        "no Multiboot header within the first 8 KiB",
    )


def test_a_text_file_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello")
    with pytest.raises(UserError, match="not a usable ELF file"):
        read_image(tmp_path / "x")
