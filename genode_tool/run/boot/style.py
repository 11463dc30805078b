"""The seam between the run API and the kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from genode_tool.binary.boot_modules import BootModule
from genode_tool.run.boot.arguments import BootArguments
from genode_tool.run.context.build_side import BuildSide, repository_with
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.machine.base import Medium
from genode_tool.run.options import Switches


@dataclass(frozen=True, slots=True)
class BootRequest:
    """The input of an image: everything in `run_dir/genode`.

    `switches` are those of the run, for options of a boot loader; `arguments` those of
    kernel and boot loader, as the script has them.
    """

    build: BuildSide
    run_dir: Path
    warn: Callable[[str], None]
    switches: Switches
    arguments: BootArguments = field(default_factory=BootArguments)

    @property
    def genode_path(self) -> Path:
        """The directory with the boot modules."""
        return self.run_dir / "genode"


@dataclass(frozen=True, slots=True)
class BootResult:
    """A boot image: the medium to start, its modules, and the image file if there is one.

    `entry` is what a boot loader has to do for the same system; None where no boot loader can.
    """

    medium: Medium
    modules: tuple[BootModule, ...]
    image: Path | None = None
    entry: BootEntry | None = None


class BootStyle(Protocol):
    """One way of booting.

    `names` maps generic binaries (`core`, `ld.lib.so`, `timer`) to the kernel's own, the
    preferred first. With `links`, the boot directory refers to `bin/` instead of copying.
    With `discard_modules`, the boot directory is of no use once the image exists.
    """

    @property
    def name(self) -> str:
        """The style's name."""

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The kernel's own binaries by their generic names, the preferred one first."""

    @property
    def core_address(self) -> str:
        """The address that core is linked to, in hexadecimal; "" when its parts decide."""

    @property
    def core_scripts(self) -> tuple[str, ...]:
        """Linker scripts for core besides the generic one, relative to the tree."""

    @property
    def kernel_files(self) -> tuple[str, ...]:
        """Files of the boot directory that belong to the kernel and are not boot modules."""

    @property
    def boot_message(self) -> str:
        """Text (a glob as `expect` has it) that proves a boot; "" when there is none."""

    @property
    def links(self) -> bool:
        """See the class."""

    @property
    def discard_modules(self) -> bool:
        """See the class."""

    def excludes(self, binary: str) -> bool:
        """Return whether a binary that a script names belongs to the kernel, not to the modules."""

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """Return what has to be built for the image besides what the script builds."""

    def make_image(self, request: BootRequest) -> BootResult:
        """Make the image.

        Raises `UserError` when a part is missing or does not fit, `EnvironmentProblem` when
        a program is missing or the disk is full.
        """


def linker_program(kernel: str, repositories: Sequence[Path]) -> str:
    """Return the goal for the kernel's dynamic linker where that is a program, as up to 22.08."""
    directory = f"lib/ld/{kernel}"
    return directory if repository_with(repositories, f"src/{directory}/target.mk") else ""


def modules_in(directory: Path, excluded: Callable[[str], bool]) -> tuple[BootModule, ...]:
    """Return the boot modules of a directory by name, without the excluded ones."""
    return tuple(
        BootModule.from_file(path)
        for path in sorted(directory.iterdir())
        if not excluded(path.name) and not path.is_dir()
    )
