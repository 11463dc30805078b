"""The boot loader of PC images: GRUB 2 of the distribution.

GRUB's core image carries all modules that it needs and a line that looks for a file with a name
made from the system's digest. It therefore finds its own medium, not another one of the kind,
and no module files have to be copied. Source: GRUB manual 2.06, sections 3.6 ("BIOS
installation", for the sectors of a GPT disk), 6.1 and 16.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import find_listed, how_to_get
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.image.tools import call

_COMMON = (
    "configfile",
    "echo",
    "gzio",
    "iso9660",
    "multiboot",
    "multiboot2",
    "normal",
    "part_gpt",
    "part_msdos",
    "search",
    "search_fs_file",
    "serial",
    "terminal",
    "test",
)


@dataclass(frozen=True, slots=True)
class _Kind:
    format: str
    directory: str
    modules: tuple[str, ...]


class Core(Enum):
    """The core images that media start with; values are GRUB's terms."""

    BIOS_CD = _Kind("i386-pc-eltorito", "i386-pc", ("biosdisk",))
    BIOS_DISK = _Kind("i386-pc", "i386-pc", ("biosdisk", "ext2", "fat"))
    EFI = _Kind("x86_64-efi", "x86_64-efi", ("all_video", "ext2", "fat"))


def marker_of(digest: str) -> str:
    """Return the path, within a medium, of the file that the core image looks for."""
    return f"boot/genode-{digest[:32]}"


def grub_cfg(entry: BootEntry) -> str:
    """Return the menu of a medium: one entry, booted at once.

    The loader's own output goes to the first serial line as well, where the log will be.
    """
    protocol = entry.protocol
    lines = [
        "serial --unit=0 --speed=115200",
        "terminal_output --append serial",
        "set timeout=0",
        "set default=0",
        "set gfxpayload=auto",
        "",
        f"menuentry {quoted(entry.title)} {{",
        f"  {protocol.value} {_file(entry.kernel.name, entry.kernel.arguments)}",
    ]
    for module in entry.modules:
        lines.append(f"  {protocol.module_command} {_file(module.name, module.arguments)}")
    return "\n".join((*lines, "}", ""))


def make_core(kind: Core, target: Path, digest: str) -> None:
    """Write a core image of GRUB to `target`.

    Raises `EnvironmentProblem` when GRUB or its modules for this kind are not installed.
    """
    modules = module_directory(kind)
    program = str(find_listed("grub-mkimage") or "grub-mkimage")
    early = target.with_name(target.name + ".cfg")
    # The first medium with this system's file is the one: two media of the same system are alike.
    early.write_text(
        f"search --no-floppy --set=root --file /{marker_of(digest)}\nset prefix=($root)/boot/grub\n"
    )
    try:
        call(
            (
                *(program, "--format", kind.value.format, "--directory", str(modules)),
                *("--prefix", "/boot/grub", "--config", str(early), "--output", str(target)),
                *_COMMON,
                *kind.value.modules,
            )
        )
    finally:
        early.unlink(missing_ok=True)


def module_directory(kind: Core) -> Path:
    """Return where GRUB's modules for `kind` are. Raises `EnvironmentProblem` if nowhere."""
    mark = f"/usr/lib/grub/{kind.value.directory}/moddep.lst"  # its name among the programs
    found = find_listed(mark)
    if found is None:
        raise EnvironmentProblem(
            f"GRUB's modules for {kind.value.directory} are not installed: {mark} is missing",
            hint=how_to_get(mark),
        )
    return found.parent


def quoted(text: str) -> str:
    """Return `text` as one word of GRUB's language."""
    return "'" + text.replace("'", "'\\''") + "'"


def _file(name: str, arguments: str) -> str:
    return f"/boot/{quoted(name)}" + (f" {arguments}" if arguments else "")
