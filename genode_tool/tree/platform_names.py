"""The kernel and the board of build directories of older trees, which have no variables for them.

Up to 16.11 a build directory is made for one kernel, whose repository it names; up to 19.02 the
specs name the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from genode_tool.errors import UserError

_PCS = ("x86", "x86_32", "x86_64")
_GENERAL = ("genode", "32bit", "64bit")


def kernel_of(repositories: Iterable[str], asked: str, build_dir: str) -> str:
    """Return the kernel whose repository, `base-KERNEL`, is the first of `repositories`, or "".

    Raises `UserError` when the call asked for another one.
    """
    names = (PurePath(path).name for path in repositories)
    found = next((one.removeprefix("base-") for one in names if one.startswith("base-")), "")
    if asked and found and asked != found:
        raise UserError(
            f"{build_dir} is for kernel `{found}`, not for `{asked}`",
            hint="trees up to 16.11 have a build directory for each kernel:"
            " `genode create-builddir` makes another one",
        )
    return found or asked


def board_of(specs: Sequence[str], kernel: str) -> str:
    """Return the board that the specs of a build directory mean: its own ones, not what they imply.

    `hw_pbxa9` (up to 16.11) and `pbxa9` mean `pbxa9`, `hw_x86_64_muen` means `muen`; an instruction
    set of PCs means `pc`. Without any, the board is "". On Linux it is always `linux`: up to 16.11,
    the repository of the kernel has the specs, which follow the host's processor.
    """
    if kernel == "linux":
        return kernel
    pairs = [one.removeprefix(f"{kernel}_") for one in specs if one.startswith(f"{kernel}_")]
    machine = next((one for one in (*pairs, *specs) if one not in _GENERAL), "")
    machine = machine if machine in _PCS else machine.removeprefix("x86_64_")
    return "pc" if machine in _PCS else machine
