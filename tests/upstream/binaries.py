"""Two build directories of one tree compared: which files each holds, and the machine code.

Code is compared as `objdump -d` prints it; that output names the file in its head, which is
left out. Files other than ELF objects are compared byte by byte.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_SECONDS = 300
_ELF = b"\x7fELF"
_ARCHIVE = b"!<arch>\n"


@dataclass(slots=True)
class Comparison:
    """The equal and the different files, by names relative to the build directories.

    `only_first` and `only_second` exist in one of them, `differ` in both; `code` counts the
    objects and archives with equal machine code, `same` the files that are equal to the byte.
    """

    only_first: list[str] = field(default_factory=list)
    only_second: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    code: int = 0
    other: int = 0
    same: int = 0

    @property
    def equal(self) -> bool:
        """True if nothing is missing on either side and nothing differs."""
        return not (self.only_first or self.only_second or self.differ)

    def __str__(self) -> str:
        return (
            f"{self.code} objects and archives of equal code, {self.other} equal other files"
            f" ({self.same} of all equal to the byte); {len(self.differ)} differ,"
            f" {len(self.only_first)} only the original's, {len(self.only_second)} only ours"
        )


def compare(first: Path, second: Path) -> Comparison:
    """Compare what two build directories hold in `bin`, `debug` and the library cache."""
    found = Comparison()
    left, right = _products(first), _products(second)
    found.only_first = sorted(left - right)
    found.only_second = sorted(right - left)
    for name in sorted(left & right):
        one, other = first / name, second / name
        same = one.read_bytes() == other.read_bytes()
        found.same += same
        if _is_code(one) and _is_code(other):
            if same or _code(one) == _code(other):
                found.code += 1
            else:
                found.differ.append(name)
        elif same:
            found.other += 1
        else:
            found.differ.append(name)
    return found


def _products(build_dir: Path) -> set[str]:
    """Return the files of `bin` and `debug`, and the libraries with their objects."""
    found = set()
    for top in ("bin", "debug"):
        for path in (build_dir / top).rglob("*"):
            # Debug information names the directory that it was made in.
            if path.is_file() and not path.name.endswith(".debug"):
                found.add(str(path.relative_to(build_dir)))
    for path in (build_dir / "var/libcache").rglob("*"):
        if path.suffix in (".a", ".so", ".o") and path.is_file():
            found.add(str(path.relative_to(build_dir)))
    return found


def _is_code(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith((_ELF, _ARCHIVE))


def _code(path: Path) -> str:
    """Return a digest of the disassembly."""
    digest = hashlib.blake2b()
    with subprocess.Popen(
        ("objdump", "-d", path.name),
        cwd=path.parent,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            digest.update(line)
        if child.wait(_SECONDS):
            raise OSError(f"objdump fails for {path}")
    return digest.hexdigest()
