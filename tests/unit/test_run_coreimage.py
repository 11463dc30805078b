"""The procedures with which a script puts an image together itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from genode_tool.binary.boot_modules import BootModule, write_boot_modules
from genode_tool.binary.elf import MACHINES
from genode_tool.binary.image import read_image
from genode_tool.run.boot.initrd import write_initrd
from genode_tool.run.events import ScriptOutput
from genode_tool.run.verdict import Outcome
from tests.shared.standin import Tree, make_tree

_LINK_SCRIPT = """
ENTRY(_start)
SECTIONS {
  .text : { KEEP(*(.text*)) *(.rodata*) }
  .data : { KEEP(*(.data*)) *(.bss*) }
  /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) }
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel, made.board = "nova", "pc"
    return made


def printed(tree: Tree) -> list[str]:
    return [event.text for event in tree.events if isinstance(event, ScriptOutput)]


def symbols(path: Path) -> dict[str, str]:
    """Return the names of an object's global symbols with their sections, as readelf sees them."""
    shown = subprocess.run(
        ["readelf", "-sW", str(path)], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in shown.splitlines()]
    return {row[7]: row[4] for row in rows if len(row) == 8 and row[4] == "GLOBAL"}


def test_what_is_known_of_a_kernel(tree: Tree) -> None:
    verdict = tree.run(
        "puts [core_link_address]\nputs [core_ld_opts]\nputs [kernel_files]\n"
        "puts [kernel_location_from_config_file etc/no.conf fallback]\nexit 0\n"
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    top = tree.genode_dir
    assert printed(tree) == [
        "0x100000",
        f"-Wl,-T -Wl,{top}/repos/base/src/ld/genode.ld"
        f" -Wl,{top}/repos/base-nova/src/core/core-bss.ld",
        "hypervisor",
        "fallback",
    ]


def test_a_kernel_named_by_a_file(tree: Tree) -> None:
    conf = tree.path / "etc/nova.conf"
    conf.parent.mkdir(exist_ok=True)
    conf.write_text("# KERNEL = no\nKERNEL := bin/my_kernel\n")
    verdict = tree.run("puts [kernel_location_from_config_file etc/nova.conf x]\n")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.EXITED, 250)
    assert verdict.reason == "the kernel that etc/nova.conf names does not exist: bin/my_kernel"
    (tree.path / "bin").mkdir(exist_ok=True)
    (tree.path / "bin/my_kernel").write_text("")
    tree.run("puts [kernel_location_from_config_file etc/nova.conf x]\nexit 0\n")
    assert printed(tree)[-1] == "bin/my_kernel"


def test_assembly_text_and_our_own_object_agree(tree: Tree, tmp_path: Path) -> None:
    place = tmp_path / "files"
    place.mkdir()
    (place / "one").write_bytes(b"1" * 5000)
    (place / "two").write_bytes(b"2")
    assert tree.run(
        f"set f [open {tmp_path}/x.s w]\n"
        f"puts $f [generate_boot_modules_asm {place} {{ one two }}]\nclose $f\nexit 0\n"
    ).passed
    subprocess.run(["as", str(tmp_path / "x.s"), "-o", str(tmp_path / "theirs.o")], check=True)
    modules = [BootModule.from_file(place / name) for name in ("one", "two")]
    write_boot_modules(tmp_path / "ours.o", MACHINES[0], modules)
    wanted = {
        f"_boot_modules_{what}_{end}": "GLOBAL"
        for what in ("headers", "binaries")
        for end in ("begin", "end")
    }
    assert symbols(tmp_path / "theirs.o") == wanted
    assert wanted.items() <= symbols(tmp_path / "ours.o").items()

    def contents(path: Path) -> bytes:
        target = path.with_suffix(".bin")
        section = ".data.boot_modules_binaries"
        subprocess.run(
            ["objcopy", "-O", "binary", "-j", section, str(path), str(target)], check=True
        )
        return target.read_bytes()

    theirs = contents(tmp_path / "theirs.o")
    assert theirs == contents(tmp_path / "ours.o")
    assert len(theirs) == 3 * 4096


def test_core_with_everything_in_the_boot_directory(tree: Tree, tmp_path: Path) -> None:
    source = tmp_path / "core.c"
    source.write_text("int _start(void) { return 0; }\n")
    (tree.path / "bin").mkdir(exist_ok=True)
    subprocess.run(
        ["gcc", "-c", "-ffreestanding", "-o", str(tmp_path / "core.o"), str(source)], check=True
    )
    archive = tree.path / "bin/core-nova.a"
    subprocess.run(["ar", "rcs", str(archive), str(tmp_path / "core.o")], check=True)
    for name in ("repos/base/src/ld/genode.ld", "repos/base-nova/src/core/core-bss.ld"):
        script = tree.genode_dir / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(_LINK_SCRIPT if name.endswith("genode.ld") else "SECTIONS { }\n")
    verdict = tree.run(
        "create_boot_directory\ninstall_config { <config/> }\nbuild_core_image { core }\nexit 0\n"
    )
    assert verdict.passed, verdict
    image = read_image(tree.path / "var/run/test/image.elf")
    assert image.undefined == ()
    assert min(segment.virtual for segment in image.segments) >= 0x100000
    assert b"<config/>" in image.path.read_bytes()


@pytest.mark.parametrize("name", ["core", "core.a", "core-nova.a"])
def test_core_is_no_boot_module_by_any_name(tree: Tree, name: str) -> None:
    (tree.path / "bin").mkdir(exist_ok=True)
    for binary in ("core-nova.a", "init"):
        (tree.path / "bin" / binary).write_text(binary)
    verdict = tree.run(
        f"create_boot_directory\ncopy_genode_binaries_to_run_dir {{ {name} init }}\nexit 0\n"
    )
    assert verdict.passed, verdict
    boot = tree.path / "var/run/test/genode"
    assert [path.name for path in boot.iterdir()] == ["init"]


def test_initial_ram_disk_is_what_cpio_reads(tmp_path: Path) -> None:
    (tmp_path / "starter").write_bytes(b"#!starter")
    (tmp_path / "config").write_bytes(b"<config/>\n")
    modules = [BootModule.from_file(tmp_path / "config")]
    for name in ("initrd", "again"):
        write_initrd(tmp_path / name, tmp_path / "starter", modules)
    data = (tmp_path / "initrd").read_bytes()
    assert data == (tmp_path / "again").read_bytes()
    listed = subprocess.run(
        ["cpio", "-t", "--quiet"], input=data, capture_output=True, check=True
    ).stdout.decode()
    names = "init tmp dev genode genode/config genode/platform_info"
    assert listed.split() == names.split()
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(
        ["cpio", "-i", "-d", "--quiet", "--no-preserve-owner"],
        input=data,
        cwd=unpacked,
        check=True,
    )
    assert (unpacked / "init").read_bytes() == b"#!starter"
    assert (unpacked / "init").stat().st_mode & 0o777 == 0o755
    assert (unpacked / "genode/config").read_bytes() == b"<config/>\n"
    assert (unpacked / "genode/platform_info").readlink() == Path("../dev/platform_info")


def test_trying_again_until_a_program_says_the_right_thing(tree: Tree, tmp_path: Path) -> None:
    counter = tmp_path / "count"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho x >> {counter}\nwc -l < {counter}\nsleep 5\n")
    program.chmod(0o755)
    verdict = tree.run(
        f"set answer [retry 4 {program} {{3}} 0.3]\nputs [string trim [lindex $answer 0]]\nexit 0\n"
    )
    assert verdict.passed, verdict
    assert printed(tree) == ["3"]
    assert counter.read_text() == "x\n" * 3
