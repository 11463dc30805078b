"""A tiny multiboot program that stands in for a kernel, and a tree around it.

It prints a first line as our kernel does, the boot modules it was given, and the content of
`action`; then the first letter of `action` decides: **h**ang, **r**eboot, switch **o**ff, echo
what is typed (**e**), print for ever (**l**), triple **f**ault, print what the **k**eyboard sends;
with **s** it stays silent, with **x** it faults before its first line.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from genode_tool.events import Event
from genode_tool.run.engine.scenario_runner import run_all
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Verdict
from genode_tool.settings.layered import LayeredSettings, settings_of

needs_qemu = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("as", "ld", "qemu-system-x86_64")),
    reason="binutils or QEMU missing",
)

_SOURCE = r"""
    .set FLAGS, 0x10000
    .section .text
    .globl _start
    .balign 4
header:
    .long 0x1badb002, FLAGS, -(0x1badb002 + FLAGS), header, _load, 0, 0, _start
    .code32
_start:
    cli
    movl $stack, %esp
    movl $_boot_modules_headers_begin, %ebx
1:  cmpl $_boot_modules_headers_end, %ebx
    jae 2f
    movl (%ebx), %esi
    cmpl $0x69746361, (%esi)        # a name that begins with "acti"
    jne 3f
    movl 8(%ebx), %eax
    movl %eax, config
    movl 16(%ebx), %eax
    movl %eax, config_size
3:  addl $24, %ebx
    jmp 1b
2:  movl config, %eax
    movb (%eax), %al
    movb %al, action
    cmpb $'s', %al
    je halt
    cmpb $'x', %al
    je fault
    movl $banner, %esi
    call print
    movl $_boot_modules_headers_begin, %ebx
1:  cmpl $_boot_modules_headers_end, %ebx
    jae 2f
    movl $module, %esi
    call print
    movl (%ebx), %esi
    call print
    movb $'\n', %al
    call put
    addl $24, %ebx
    jmp 1b
2:  movl config, %esi
    movl config_size, %ecx
1:  lodsb
    call put
    loop 1b
    movb action, %al
    cmpb $'r', %al
    je reboot
    cmpb $'o', %al
    je off
    cmpb $'e', %al
    je echo
    cmpb $'l', %al
    je for_ever
    cmpb $'f', %al
    je fault
    cmpb $'k', %al
    je keyboard
halt:
    hlt
    jmp halt
reboot:
    movb $0xfe, %al
    outb %al, $0x64
    jmp halt
off:
    movw $0x604, %dx
    movw $0x2000, %ax
    outw %ax, %dx
    jmp halt
fault:
    lidt nothing
    int3
echo:
    movw $0x3fd, %dx
    inb %dx, %al
    testb $1, %al
    jz echo
    movw $0x3f8, %dx
    inb %dx, %al
    call put
    jmp echo
keyboard:
    inb $0x64, %al
    testb $1, %al
    jz keyboard
    inb $0x60, %al
    movb %al, %bl
    shrb $4, %al
    call digit
    movb %bl, %al
    andb $15, %al
    call digit
    movb $' ', %al
    call put
    jmp keyboard
digit:
    addb $'0', %al
    cmpb $'9', %al
    jbe put
    addb $39, %al
    jmp put
for_ever:
    movl $tick, %esi
    call print
    jmp for_ever
print:
    lodsb
    testb %al, %al
    jz 1f
    call put
    jmp print
1:  ret
put:
    pushl %edx
    movb %al, %ah
    movw $0x3fd, %dx
1:  inb %dx, %al
    testb $0x20, %al
    jz 1b
    movw $0x3f8, %dx
    movb %ah, %al
    outb %al, %dx
    popl %edx
    ret
    .section .data
config: .long 0
config_size: .long 0
nothing: .long 0, 0
action: .byte 0
banner: .asciz "core: hw kernel on pc, a stand-in\n"
module: .asciz "module "
tick: .asciz "tick\n"
    .balign 16
    .space 4096
stack:
"""

_SCRIPT = """
ENTRY(_start)
PHDRS { all PT_LOAD FILEHDR PHDRS FLAGS(7); }
SECTIONS {
  _load = 0x100000;
  . = 0x100000 + SIZEOF_HEADERS;
  .all : { *(.text) *(.data) . = ALIGN(4096); *(.data.boot_modules_binaries) } :all
  /DISCARD/ : { *(.note*) *(.bss) }
}
"""


@dataclass
class Tree:
    """A tree and build directory as far as the engine looks at them."""

    path: Path
    genode_dir: Path
    kernel: str = "hw"
    board: str = "pc"
    specs: tuple[str, ...] = ("x86", "x86_64", "64bit")
    variables: dict[str, str] = field(default_factory=dict)
    built: list[str] = field(default_factory=list)
    artifacts: tuple[str, ...] = ()
    failure: Exception | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def repositories(self) -> tuple[Path, ...]:
        return (self.genode_dir / f"repos/base-{self.kernel}", self.genode_dir / "repos/base")

    @property
    def settings(self) -> LayeredSettings:
        return settings_of(self.genode_dir, self.path)

    def variable(self, name: str) -> str:
        return self.variables.get(name, "")

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        self.built += goals
        if self.failure:
            raise self.failure
        return self.artifacts

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        return tuple(f"would-be-{goal}" for goal in goals)

    def script(self, name: str, text: str) -> Path:
        """Write a run script."""
        path = self.genode_dir / f"repos/base/run/{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, text: str, **options: Any) -> Verdict:
        """Run a script of the given text, called `test`."""
        self.script("test.run", text)
        (verdict,) = run_all(self, ["test"], RunOptions(**options), self.events.append)
        return verdict

    def boot(self, action: str, rest: str, **options: Any) -> Verdict:
        """Run a script that boots the stand-in with `action` and then does `rest`."""
        return self.run(
            "create_boot_directory\n"
            f"install_config {{ <config/> }}; install_boot_module action {{{action}}}\n"
            "build_boot_image { core init }\n"
            f"append qemu_args {{ -nographic -m 64 }}\n{rest}\n",
            **options,
        )


def make_tree(root: Path) -> Tree:
    """Make an empty tree with a build directory."""
    tree = Tree(path=root / "build", genode_dir=root / "tree")
    (tree.path / "bin").mkdir(parents=True)
    (tree.path / "bin/init").write_bytes(b"init" * 2000)
    for repository in ("base", "base-hw", "base-linux"):
        (tree.genode_dir / "repos" / repository / "run").mkdir(parents=True)
    return tree


def make_guest(root: Path) -> Tree:
    """Make a tree with the stand-in as its kernel."""
    tree = make_tree(root)
    hw = tree.genode_dir / "repos/base-hw"
    (hw / "src/core/pc").mkdir(parents=True)
    (hw / "src/core/pc/core.ld").write_text(_SCRIPT)
    (hw / "board/pc").mkdir(parents=True)
    (hw / "board/pc/qemu_args").write_text("-machine q35\n")
    source = root / "standin.s"
    source.write_text(_SOURCE)
    target = tree.path / "bin/core-hw-pc.o"
    subprocess.run(["as", "--64", "-o", str(target), str(source)], check=True)
    return tree


def make_process(root: Path, program: str) -> Tree:
    """Make a tree for Linux whose core is a shell script."""
    tree = make_tree(root)
    tree.kernel, tree.board = "linux", "linux"
    core = tree.path / "bin/core-linux"
    core.write_text("#!/bin/sh\n" + program)
    core.chmod(0o755)
    return tree
