"""Bringing an image to a real machine: into a directory that it loads from, or through a cable.

The options of the modules are the run tool's; `load/copy` is ours. A boot loader reads files at
any time, so each is written beside and renamed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from genode_tool.binary.image import read_image
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.files import replace_link, replacing, write_atomically
from genode_tool.run.context.run_modules import RunModule
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.machine.power import call

FETCHED = ("copy", "ipxe", "tftp")
"""The modules with which a machine fetches the image itself, once it has power."""

_FASTBOOT_SECONDS = 140.0
_JTAG_SECONDS = 360.0
_PXE_FILES = ("pulsar", "bender", "unzip")
# Named after an Ethernet address: that of QEMU's first network card.
_PXE_NAME = "config-52-54-00-12-34-56"
_PXE_REFERENCE = "config-00-00-00-00-00-00"


@dataclass(frozen=True, slots=True)
class LoadableImage:
    """The image to load.

    `file` is the file that an image module made, if there is one; `entry` what a boot loader
    does otherwise. `run_dir` holds all, in its directory `boot`; `genode_dir` is the tree.
    """

    file: Path | None
    entry: BootEntry | None
    run_dir: Path
    genode_dir: Path
    pc: bool

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that a machine loads."""
        if self.file:
            return (self.file,)
        return tuple(file.path for file in self.entry.files) if self.entry else ()

    @property
    def first(self) -> Path:
        """The file that starts the system. Raises `UserError` when there is none."""
        if not self.files:
            raise UserError("no image to load", hint="the script has to call build_boot_image")
        return self.files[0]


def load(module: RunModule, image: LoadableImage, cwd: Path, report: Callable[[str], None]) -> None:
    """Bring the image to the machine by a module `load/NAME`.

    `report` gets a line about what was done. Raises `UserError` for options that are missing or
    wrong, `EnvironmentProblem` when loading fails.
    """
    try:
        _WAYS[module.name](module, image, cwd)
    except OSError as error:
        raise EnvironmentProblem(
            f"{module.include}: {error.filename or ''}: {error.strerror or error}"
        ) from error
    report(f"load: {module.name} {', '.join(path.name for path in image.files)}")


def _copy(module: RunModule, image: LoadableImage, cwd: Path) -> None:
    target = cwd / module.wanted("dir")
    target.mkdir(parents=True, exist_ok=True)
    assert image.first
    for path in image.files:
        _put(path, target / path.name)


def _tftp(module: RunModule, image: LoadableImage, cwd: Path) -> None:
    base, offset = module.wanted("base-dir"), module.wanted("offset-dir")
    place = Path(f"{base}{offset}")  # as it is: the offset begins with a slash
    copies = module.has("copy-files")
    if not image.pc or image.entry is None:
        target = place / image.first.name if place.is_dir() else place
        if copies:
            _put(image.first, target)
        else:
            _link(image.first, target)
        return
    _write_pulsar(image, image.entry)
    if copies:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copytree(image.run_dir, place, dirs_exist_ok=True)
        return
    if place.is_dir() and not place.is_symlink():
        raise UserError(f"{module.include}: {place} is a directory: wanted a link to replace")
    _link(cwd, place)
    root = f"{base if module.has('absolute') else ''}{offset}/{image.run_dir.relative_to(cwd)}"
    write_atomically(place / _PXE_REFERENCE, f" root {root}\n config {_PXE_NAME}\n")


def _write_pulsar(image: LoadableImage, entry: BootEntry) -> None:
    """Write what the PXE boot loader `pulsar` reads, and put it beside the image."""
    boot = image.run_dir / "boot"
    for name in _PXE_FILES:
        source = image.genode_dir / "tool/boot" / name
        if source.exists():
            shutil.copy(source, boot / name)
    lines = [" exec /boot/bender"] if (boot / "bender").exists() else []
    for file in entry.files:
        word = "load" if lines else "exec"
        lines.append(f" {word} /boot/{file.name} {file.arguments}".rstrip())
    write_atomically(image.run_dir / _PXE_NAME, "\n".join(lines) + "\n")


def _ipxe(module: RunModule, image: LoadableImage, _cwd: Path) -> None:
    if module.has("lighttpd"):
        raise UserError(
            f"{module.option('lighttpd')}: an HTTP server has to run already",
            hint=f"let one serve {module.option('base-dir')}",
        )
    if image.file is None or image.file.suffix not in (".iso", ".img"):
        raise UserError("load/ipxe needs image/iso or image/uefi")
    link = image.run_dir / image.file.name
    _link(image.file, link)
    lines = ("#!ipxe", f"sanboot {link.name} || goto failed", ":failed", "shell", "")
    write_atomically(image.run_dir / "boot.cfg", "\n".join(lines))
    _link(image.run_dir, Path(module.wanted("base-dir")) / module.wanted("boot-dir"))


def _fastboot(module: RunModule, image: LoadableImage, cwd: Path) -> None:
    device = module.value("device")
    argv = ("fastboot", *(("-s", device) if device else ()), "boot", str(image.first))
    call(module, argv, cwd, seconds=_FASTBOOT_SECONDS)


def _jtag(module: RunModule, image: LoadableImage, cwd: Path) -> None:
    elf = image.first
    argv = ["openocd", "-f", module.wanted("debugger"), "-f", module.wanted("board")]
    entry = f"{read_image(elf).entry:#x}"
    for command in ("init", "halt", f"load_image {{{elf}}}", f"resume {entry}", "shutdown"):
        argv += ["-c", command]
    call(module, argv, cwd, seconds=_JTAG_SECONDS)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target, mode=0o644) as part:  # a server that is another user reads it
        shutil.copyfile(source, part)


def _link(source: Path, target: Path) -> None:
    """Make `target` a symbolic link, in place of a former one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_link(target, source)


_WAYS: Mapping[str, Callable[[RunModule, LoadableImage, Path], None]] = {
    "copy": _copy,
    "fastboot": _fastboot,
    "ipxe": _ipxe,
    "jtag": _jtag,
    "tftp": _tftp,
}
