"""The data that kernels get from QEMU and from a boot loader.

In place of each kernel boots a tiny program of our own that speaks both Multiboot protocols and
prints what it was given: its command line, and each module's size and text, in order.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.binary.elf32 import is_elf64
from genode_tool.errors import UserError
from genode_tool.run.boot.arguments import BootArguments
from genode_tool.run.boot.hw import HwBootstrapStyle
from genode_tool.run.boot.loader import LoaderStyle
from genode_tool.run.boot.loader_kernels import KERNELS, loader_style
from genode_tool.run.boot.select import select_style
from genode_tool.run.boot.style import BootRequest, BootResult
from genode_tool.run.image import ImageFormat, make_image
from genode_tool.run.machine.base import DiskMedium, KernelMedium, Medium, ProgramMedium
from genode_tool.run.machine.qemu_args import QemuRequest, compose, repeatable
from genode_tool.run.options import Switches
from genode_tool.settings.layered import LayeredSettings, settings_of

_SECONDS = 90
_WORDS = BootArguments()

_PROGRAM = r"""
typedef unsigned u32;

__asm__(".section .head, \"a\"\n"
        ".balign 8\n"
        ".long 0x1badb002, 0, -0x1badb002\n"
        ".balign 8\n"
        "1: .long 0xe85250d6, 0, 2f - 1b, -(0xe85250d6 + 2f - 1b)\n"
        ".word 0, 0\n.long 8\n"
        "2:\n"
        ".text\n"
        ".globl _start\n"
        "_start: movl $stack_end, %esp\n"
        "pushl %ebx\n"
        "pushl %eax\n"
        "call tell\n"
        "3: hlt\n"
        "jmp 3b\n"
        ".bss\n"
        ".balign 16\n"
        ".space 4096\n"
        "stack_end:\n"
        ".text\n");

static void put(char c)
{
	unsigned char state;
	do __asm__ volatile ("inb %1, %0" : "=a"(state) : "Nd"((unsigned short)0x3fd));
	while (!(state & 0x20));
	__asm__ volatile ("outb %0, %1" : : "a"(c), "Nd"((unsigned short)0x3f8));
}

static void text(char const *s) { while (*s) put(*s++); }

static void number(u32 n)
{
	if (n >= 10) number(n / 10);
	put('0' + n % 10);
}

static void module(u32 const *m)
{
	text("module: "); number(m[1] - m[0]); text(" ");
	text((char const *)m[2]); text("\n");
}

void tell(u32 magic, u32 const *info)
{
	text("stand-in: begin\n");
	if (magic == 0x2badb002) {
		text("protocol: multiboot\nkernel: "); text((char const *)info[4]); text("\n");
		for (u32 i = 0; i < info[5]; i++)
			module((u32 const *)info[6] + 4*i);
	} else {
		text("protocol: multiboot2\n");
		char const *tag = (char const *)info + 8;
		while (*(u32 const *)tag) {
			u32 const *t = (u32 const *)tag;
			if (t[0] == 1) { text("kernel: "); text(tag + 8); text("\n"); }
			if (t[0] == 3) {
				u32 const m[3] = { t[2], t[3], (u32)(tag + 16) };
				module(m);
			}
			tag += (t[1] + 7) & ~7u;
		}
	}
	text("stand-in: end\n");
}
"""
_SCRIPT = """
ENTRY(_start)
SECTIONS {
  . = 0x400000;
  .text : { *(.head) *(.text*) *(.rodata*) }
  .data : { *(.data*) *(.bss*) *(COMMON) }
  /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) }
}
"""
_CORE = "int _start(void) { return 0; } char big[10000] = { 1 };"
_CORE_SCRIPT = """
ENTRY(_start)
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS {
  .text : { KEEP(*(.text*)) *(.rodata*) } : text
  .data : ALIGN(4096) { KEEP(*(.data*)) *(.bss*) } : data
  /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) }
}
"""


@dataclass(frozen=True)
class StandInBuild:
    """A build directory whose kernels are the stand-in."""

    path: Path
    genode_dir: Path
    kernel: str
    repositories: tuple[Path, ...] = ()
    specs: tuple[str, ...] = ("x86_64",)
    board: str = "pc"

    @property
    def settings(self) -> LayeredSettings:
        return settings_of(self.genode_dir, self.path)

    def variable(self, name: str) -> str:
        return ""

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        raise AssertionError(goals)

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        raise AssertionError(goals)


def tool(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the stand-in, as 32-bit and as 64-bit ELF file, and a core."""
    where = tmp_path_factory.mktemp("stand-in")
    (where / "kernel.c").write_text(_PROGRAM)
    (where / "kernel.ld").write_text(_SCRIPT)
    (where / "core.c").write_text(_CORE)
    plain = ("-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fcf-protection=none", "-O1")
    tool("gcc", "-m32", *plain, "-c", where / "kernel.c", "-o", where / "kernel.o")
    tool(
        *("ld", "-m", "elf_i386", "-T", where / "kernel.ld", "-o", where / "kernel32"),
        where / "kernel.o",
    )
    tool("objcopy", "-O", "elf64-x86-64", where / "kernel32", where / "kernel64")
    tool("gcc", *plain, "-mcmodel=large", "-c", where / "core.c", "-o", where / "core.o")
    tool("ar", "rcs", where / "core.a", where / "core.o")
    return where


def built(tmp_path: Path, binaries: Path, style: LoaderStyle, kernel: str) -> BootResult:
    """Return the image of a system in which every part of the kernel is the stand-in."""
    tree, build, run_dir = tmp_path / "tree", tmp_path / "build", tmp_path / "build/var/run/x,y"
    (build / "bin").mkdir(parents=True)
    (run_dir / "genode").mkdir(parents=True)
    for name in ("repos/base/src/ld/genode.ld", *style.core_scripts):
        script = tree / name
        script.parent.mkdir(parents=True)
        script.write_text(_CORE_SCRIPT if name.endswith("genode.ld") else "SECTIONS { }\n")
    for part in style.parts:
        (build / "bin" / part.binary).write_bytes((binaries / kernel).read_bytes())
    (build / "bin" / style.core_archive).write_bytes((binaries / "core.a").read_bytes())
    (build / "bin" / f"ld-{style.name}.lib.so").write_text("the dynamic linker")
    (run_dir / "genode/config").write_text("<config/>")
    request = BootRequest(StandInBuild(build, tree, style.name), run_dir, pytest.fail, Switches(()))
    return style.make_image(request)


def told(medium: Medium, log: Path) -> list[str]:
    """Boot `medium` and return the lines of the stand-in."""
    assert not isinstance(medium, ProgramMedium)
    request = QemuRequest("qemu-system-x86_64", ("-m", "128"), (), medium)
    command = repeatable(compose(request, serial_fd=3, control_fd=4))
    words = [f"file:{log}" if word == "mon:stdio" else word for word in command]
    machine = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < deadline and machine.poll() is None:
            text = log.read_text(errors="replace") if log.exists() else ""
            found = re.search(r"stand-in: begin\n(.*)stand-in: end", text, re.DOTALL)
            if found:
                return found[1].splitlines()
            time.sleep(0.05)
    finally:
        machine.kill()
        said = machine.communicate()[1]
    raise AssertionError(f"no word from the stand-in: {said!r}")


@pytest.mark.parametrize("kernel", KERNELS)
def test_direct_start(tmp_path: Path, binaries: Path, kernel: str) -> None:
    style = loader_style(kernel, "pc")
    assert style is not None
    result = built(tmp_path, binaries, style, "kernel64")
    boot = tmp_path / "build/var/run/x,y/boot"
    first, *others = style.parts
    assert is_elf64(boot / first.boot)
    lines = told(result.medium, tmp_path / "serial")
    assert lines[0] == "protocol: multiboot"
    started = boot / f".{first.boot}.elf32"
    assert lines[1].rstrip() == f"kernel: {started} {_WORDS.fill(first.arguments)}".rstrip()
    wanted = [(boot / part.boot, _WORDS.fill(part.arguments)) for part in others]
    wanted.append((boot / "image.elf", ""))
    assert [line.rstrip() for line in lines[2:]] == [
        f"module: {path.stat().st_size} {path} {arguments}".rstrip() for path, arguments in wanted
    ]
    assert [module.name for module in result.modules] == ["config", "ld.lib.so"]


@pytest.mark.parametrize("kernel", ["nova", "foc"])  # one for each protocol
def test_boot_loader(tmp_path: Path, binaries: Path, kernel: str) -> None:
    style = loader_style(kernel, "pc")
    assert style is not None
    result = built(tmp_path, binaries, style, "kernel64" if kernel == "nova" else "kernel32")
    assert result.entry is not None
    iso = tmp_path / "system.iso"
    make_image(ImageFormat.ISO, result.entry, iso)
    lines = told(DiskMedium(iso, cd=True), tmp_path / "serial")
    first, *others = style.parts
    boot = tmp_path / "build/var/run/x,y/boot"
    assert lines[:2] == [
        f"protocol: {style.protocol.value}",
        f"kernel: {first.boot} {_WORDS.fill(first.arguments)}".rstrip(),
    ]
    wanted = [(part.boot, _WORDS.fill(part.arguments)) for part in others] + [("image.elf", "")]
    assert lines[2:] == [
        f"module: {(boot / name).stat().st_size} {name} {arguments}".rstrip()
        for name, arguments in wanted
    ]


def test_bender_comes_first_where_the_tree_has_it(tmp_path: Path, binaries: Path) -> None:
    style = loader_style("sel4", "pc")
    assert style is not None
    bender = tmp_path / "tree/tool/boot/bender"
    bender.parent.mkdir(parents=True)
    bender.write_text("")
    entry = built(tmp_path, binaries, style, "kernel32").entry
    assert entry is not None
    assert entry.kernel.path == bender
    assert entry.kernel.arguments == "serial intel_hwp_performance phys_max=256M"
    assert [(file.name, file.arguments) for file in entry.modules] == [
        ("sel4", "sel4 disable_iommu"),
        ("image.elf", "image.elf"),
    ]


def test_a_script_s_words_and_its_microcode(tmp_path: Path, binaries: Path) -> None:
    style = loader_style("nova", "pc")
    assert style is not None
    bender = tmp_path / "tree/tool/boot/bender"
    bender.parent.mkdir(parents=True)
    bender.write_text("")
    built(tmp_path, binaries, style, "kernel32")
    (tmp_path / "build/bin/micro.code").write_text("new")
    request = BootRequest(
        StandInBuild(tmp_path / "build", tmp_path / "tree", "nova"),
        tmp_path / "build/var/run/x,y",
        pytest.fail,
        Switches(()),
        BootArguments(boot_output="", kernel_output="logmem", microcode=True),
    )
    result = style.make_image(request)
    assert isinstance(result.medium, KernelMedium) and result.entry is not None
    assert result.medium.command_line == "iommu_intel iommu_amd logmem"
    assert result.entry.kernel.arguments == "intel_hwp_performance microcode"
    assert [(file.name, file.arguments) for file in result.entry.modules] == [
        ("micro.code", "micro.code"),
        ("hypervisor", "hypervisor iommu_intel iommu_amd logmem"),
        ("image.elf", "image.elf"),
    ]


def test_parts_that_were_never_built(tmp_path: Path, binaries: Path) -> None:
    style = loader_style("nova", "pc")
    assert style is not None
    result = built(tmp_path, binaries, style, "kernel32")
    assert result.image is not None
    (tmp_path / "build/bin/hypervisor").unlink()
    request = BootRequest(
        StandInBuild(tmp_path / "build", tmp_path / "tree", "nova"),
        tmp_path / "build/var/run/x,y",
        pytest.fail,
        Switches(()),
    )
    with pytest.raises(UserError, match="bin/hypervisor was never built"):
        style.make_image(request)


def test_boards_that_boot_in_another_way() -> None:
    with pytest.raises(UserError, match=r"kernel foc on board pbxa9: .* PCs only"):
        loader_style("foc", "pbxa9")
    assert loader_style("hw", "pc") is None


def test_core_as_an_object_of_older_trees(tmp_path: Path, binaries: Path) -> None:
    """Up to 20.11, core is a relocatable object and no archive."""
    style = loader_style("nova", "pc")
    assert style is not None
    built(tmp_path, binaries, style, "kernel32")
    build = tmp_path / "build"
    (build / "bin/core-nova.a").unlink()
    (build / "bin/core-nova.o").write_bytes((binaries / "core.o").read_bytes())
    genode = build / "var/run/x,y/genode"
    assert "core/nova" in style.goals(genode)
    (genode / "core-nova.o").write_bytes((binaries / "core.o").read_bytes())
    assert "core/nova" not in style.goals(genode)
    request = BootRequest(
        StandInBuild(build, tmp_path / "tree", "nova"), genode.parent, pytest.fail, Switches(())
    )
    assert [one.name for one in style.make_image(request).modules] == ["config", "ld.lib.so"]


def test_the_linker_s_goal_of_older_trees(tmp_path: Path) -> None:
    """Up to 22.08, the dynamic linker is a program below `src/lib`."""
    style = loader_style("nova", "pc")
    assert style is not None
    repository = tmp_path / "base-nova"
    assert style.fitted([repository]).goals(tmp_path)[-1] == "lib/ld-nova"
    (repository / "src/lib/ld/nova").mkdir(parents=True)
    (repository / "src/lib/ld/nova/target.mk").write_text("TARGET = ld-nova\n")
    assert style.fitted([repository]).goals(tmp_path)[-1] == "lib/ld/nova"


def _older(tmp_path: Path, kernel: str) -> StandInBuild:
    """Return a build in a tree whose core is the same program for all kernels."""
    base = tmp_path / "tree/repos/base"
    (base / "src/core").mkdir(parents=True)
    (base / "src/core/target.mk").write_text("TARGET = core\n")
    return StandInBuild(tmp_path / "build", tmp_path / "tree", kernel, (base,))


def test_separate_modules_of_older_trees(tmp_path: Path, binaries: Path) -> None:
    build = _older(tmp_path, "nova")
    style = select_style(build)
    run_dir = build.path / "var/run/x,y"
    (run_dir / "genode").mkdir(parents=True)
    assert style.goals(run_dir / "genode") == ("kernel",)
    for name in ("config", "core", "alarm"):
        (run_dir / "genode" / name).write_text(name)
    request = BootRequest(build, run_dir, pytest.fail, Switches(()))
    with pytest.raises(UserError, match="kernel/hypervisor was never built"):
        style.make_image(request)
    (build.path / "kernel").mkdir()
    (build.path / "kernel/hypervisor").write_bytes((binaries / "kernel64").read_bytes())
    result = style.make_image(request)
    kernel = run_dir / "boot/.hypervisor.elf32"
    assert told(result.medium, tmp_path / "serial") == [
        "protocol: multiboot",
        f"kernel: {kernel} iommu serial",
        *(f"module: {len(name)} {run_dir}/genode/{name}" for name in ("core", "config", "alarm")),
    ]
    (run_dir / "genode/config").unlink()
    with pytest.raises(UserError, match="the boot directory has no `config`"):
        style.make_image(request)


def test_other_kernels_of_older_trees(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"kernel foc in a tree up to 16\.11"):
        select_style(_older(tmp_path, "foc"))


_LINK_ADDRESSES = """\
proc bootstrap_link_address { } {
	if {[have_spec "pbxa9"]}  { return "0x70000000" }
	if {[have_spec "x86_64"]} { return "0x00200000" }
	exit -1
}

proc core_link_address { } {
	if {[have_spec "x86_64"]} { return "0x1000000" }
}
"""


@pytest.mark.parametrize(
    ("specs", "core", "bootstrap"),
    [
        (("x86_64",), "core-hw-pc.o", "bootstrap-hw-pc.o"),
        (("x86_64",), "core-hw.o", "bootstrap-hw.o"),
        (("x86_64",), "core-hw-pc.a", "bootstrap-hw-pc.o"),
    ],
)
def test_hw_of_older_trees(
    specs: tuple[str, ...], core: str, bootstrap: str, tmp_path: Path, binaries: Path
) -> None:
    """Up to 20.11, the run tool of the tree has the boards' link addresses."""
    tree, base = tmp_path / "tree", tmp_path / "tree/repos/base-hw"
    (base / "src/lib/ld/hw").mkdir(parents=True)
    (base / "src/lib/ld/hw/target.mk").write_text("TARGET = ld-hw\n")
    (tree / "repos/base/src/ld").mkdir(parents=True)
    (tree / "repos/base/src/ld/genode.ld").write_text(_CORE_SCRIPT)
    build = StandInBuild(tmp_path / "build", tree, "hw", (base,), specs)
    with pytest.raises(UserError, match='board "pc" is unknown for kernel hw'):
        select_style(build)
    (tree / "tool/run/boot_dir").mkdir(parents=True)
    (tree / "tool/run/boot_dir/hw").write_text(_LINK_ADDRESSES)
    style = select_style(build)
    assert isinstance(style, HwBootstrapStyle)
    assert style.link_address == "0x00200000"
    run_dir = build.path / "var/run/x,y"
    (run_dir / "genode").mkdir(parents=True)
    assert style.goals(run_dir / "genode") == ("bootstrap/hw", "core/hw", "lib/ld/hw")
    for name in (core, bootstrap):
        (run_dir / "genode" / name).write_bytes((binaries / "core.o").read_bytes())
    assert style.goals(run_dir / "genode") == ("lib/ld/hw",)
    (run_dir / "genode/config").write_text("<config/>")
    (run_dir / "boot").mkdir()
    result = style.make_image(BootRequest(build, run_dir, pytest.fail, Switches(())))
    assert [one.name for one in result.modules] == ["config"]


def test_the_linker_of_older_trees_on_linux(tmp_path: Path) -> None:
    base = tmp_path / "tree/repos/base-linux"
    build = StandInBuild(tmp_path / "build", tmp_path / "tree", "linux", (base,))
    assert select_style(build).goals(tmp_path) == ()
    (base / "src/lib/ld/linux").mkdir(parents=True)
    (base / "src/lib/ld/linux/target.mk").write_text("TARGET = ld-linux\n")
    assert select_style(build).goals(tmp_path) == ("lib/ld/linux",)
    (tmp_path / "ld.lib.so").write_text("imported")
    assert select_style(build).goals(tmp_path) == ()
