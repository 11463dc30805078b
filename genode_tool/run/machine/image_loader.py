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
from genode_tool.run.context.run_modules import Module
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.machine.power import call

FETCHED = ("copy", "ipxe", "tftp")
"""The modules by which a machine fetches the image itself, once it has power."""

_FASTBOOT_SECONDS = 140.0
_JTAG_SECONDS = 360.0
_PXE_FILES = ("pulsar", "bender", "unzip")
_PXE_NAME = "config-52-54-00-12-34-56"
_PXE_REFERENCE = "config-00-00-00-00-00-00"


@dataclass(frozen=True, slots=True)
class Cargo:
    """What is to be loaded.

    `image` is the file that an image module made, if there is one; `entry` what a boot loader
    does otherwise. `run_dir` holds all, in its directory `boot`; `genode_dir` is the tree.
    """

    image: Path | None
    entry: BootEntry | None
    run_dir: Path
    genode_dir: Path
    pc: bool

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that a machine loads."""
        if self.image:
            return (self.image,)
        return tuple(file.path for file in self.entry.files) if self.entry else ()

    @property
    def first(self) -> Path:
        """The file that starts the system. Raises `UserError` when there is none."""
        if not self.files:
            raise UserError(
                "there is no image to load", hint="the script has to call build_boot_image"
            )
        return self.files[0]


def load(module: Module, cargo: Cargo, cwd: Path, tell: Callable[[str], None]) -> None:
    """Bring the image to the machine as a module `load/NAME` says.

    `tell` gets a line about what is done. Raises `UserError` for options that lack or make no
    sense, `EnvironmentProblem` when it does not work out.
    """
    try:
        _WAYS[module.name](module, cargo, cwd)
    except OSError as error:
        raise EnvironmentProblem(
            f"{module.include}: {error.filename or ''}: {error.strerror or error}"
        ) from error
    tell(f"load: {module.name} {', '.join(path.name for path in cargo.files)}")


def _copy(module: Module, cargo: Cargo, cwd: Path) -> None:
    target = cwd / module.wanted("dir")
    target.mkdir(parents=True, exist_ok=True)
    assert cargo.first
    for path in cargo.files:
        _put(path, target / path.name)


def _tftp(module: Module, cargo: Cargo, cwd: Path) -> None:
    base, offset = module.wanted("base-dir"), module.wanted("offset-dir")
    place = Path(f"{base}{offset}")  # as it is: the offset begins with a slash
    copies = module.has("copy-files")
    if not cargo.pc or cargo.entry is None:
        target = place / cargo.first.name if place.is_dir() else place
        if copies:
            _put(cargo.first, target)
        else:
            _link(cargo.first, target)
        return
    _write_pulsar(cargo, cargo.entry)
    if copies:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copytree(cargo.run_dir, place, dirs_exist_ok=True)
        return
    if place.is_dir() and not place.is_symlink():
        raise UserError(f"{module.include}: {place} is a directory, wanted a link to make anew")
    _link(cwd, place)
    root = f"{base if module.has('absolute') else ''}{offset}/{cargo.run_dir.relative_to(cwd)}"
    write_atomically(place / _PXE_REFERENCE, f" root {root}\n config {_PXE_NAME}\n")


def _write_pulsar(cargo: Cargo, entry: BootEntry) -> None:
    """Write what the PXE boot loader `pulsar` reads, and put it beside the image."""
    boot = cargo.run_dir / "boot"
    for name in _PXE_FILES:
        source = cargo.genode_dir / "tool/boot" / name
        if source.exists():
            shutil.copy(source, boot / name)
    lines = [" exec /boot/bender"] if (boot / "bender").exists() else []
    for file in entry.files:
        word = "load" if lines else "exec"
        lines.append(f" {word} /boot/{file.name} {file.arguments}".rstrip())
    write_atomically(cargo.run_dir / _PXE_NAME, "\n".join(lines) + "\n")


def _ipxe(module: Module, cargo: Cargo, _cwd: Path) -> None:
    if module.has("lighttpd"):
        raise UserError(
            f"{module.option('lighttpd')}: an HTTP server has to run already",
            hint=f"let one serve {module.option('base-dir')}",
        )
    if cargo.image is None or cargo.image.suffix not in (".iso", ".img"):
        raise UserError("load/ipxe wants image/iso or image/uefi")
    link = cargo.run_dir / cargo.image.name
    _link(cargo.image, link)
    lines = ("#!ipxe", f"sanboot {link.name} || goto failed", ":failed", "shell", "")
    write_atomically(cargo.run_dir / "boot.cfg", "\n".join(lines))
    _link(cargo.run_dir, Path(module.wanted("base-dir")) / module.wanted("boot-dir"))


def _fastboot(module: Module, cargo: Cargo, cwd: Path) -> None:
    device = module.value("device")
    argv = ("fastboot", *(("-s", device) if device else ()), "boot", str(cargo.first))
    call(module, argv, cwd, seconds=_FASTBOOT_SECONDS)


def _jtag(module: Module, cargo: Cargo, cwd: Path) -> None:
    elf = cargo.first
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


_WAYS: Mapping[str, Callable[[Module, Cargo, Path], None]] = {
    "copy": _copy,
    "fastboot": _fastboot,
    "ipxe": _ipxe,
    "jtag": _jtag,
    "tftp": _tftp,
}
