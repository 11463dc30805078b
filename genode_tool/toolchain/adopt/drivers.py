"""The search for a compiler and its tools by the names that distributions give them.

`gcc` stands in the middle of a compiler's name: `aarch64-linux-gnu-gcc`, `gcc-13`,
`aarch64-suse-linux-gcc-14`. Its other programs have the same beginning, and those of GCC itself
the same end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.regex import regex

_ANSWER_S = 20

# Names in directories that users put before others in PATH: they start the real compiler.
_LAUNCHERS = frozenset({"ccache", "distcc", "icecc", "sccache"})
_VERSION = regex(r"-(\d+)$")


@dataclass(frozen=True, slots=True)
class Drivers:
    """The C and C++ compilers, as they are named in PATH."""

    gcc: Path
    gxx: Path

    def tool(self, name: str) -> Path | None:
        """Return the path of another program of the compiler's, such as `ld` or `cpp`, or None.

        Plain names are those of the host's own compiler.
        """
        before, _, after = self.gcc.name.rpartition("gcc")
        for candidate in dict.fromkeys((f"{before}{name}{after}", f"{before}{name}")):
            if before or _is_native(self.gcc):
                found = process.find_program(candidate)
                if found is not None:
                    return found
        said = self._ask(f"-print-prog-name={name}")
        if Path(said).is_absolute():
            return Path(said) if os.access(said, os.X_OK) else None
        return process.find_program(name) if _is_native(self.gcc) else None

    def _ask(self, word: str) -> str:
        return _answer(self.gcc, word)


def find_drivers(names: Iterable[str], machine: str, major: str = "") -> Drivers | None:
    """Return the first compiler of `names` that is complete, or None.

    `major` is the version wanted, "" for any: the default or, without one, the latest. A name
    that does not begin with `machine` (x86_64) must belong to a compiler for it.
    """
    for name in names:
        for candidate in _candidates(name, major):
            gcc = find_real(candidate)
            before, _, after = candidate.rpartition("gcc")
            gxx = find_real(f"{before}g++{after}")
            if gcc is None or gxx is None:
                continue
            if not name.startswith(machine) and not _is_for(gcc, machine):
                continue
            if major and candidate == name and _answer(gcc, "-dumpversion") != major:
                continue
            return Drivers(gcc, gxx)
    return None


def find_compiler(names: Iterable[str]) -> Path | None:
    """Return the first C compiler of `names`, in its default or else its latest version."""
    candidates = (candidate for name in names for candidate in _candidates(name, ""))
    return next((found for one in candidates if (found := find_real(one))), None)


def find_real(name: str) -> Path | None:
    """Return the path of a compiler; programs that only start the next one in PATH are not it."""
    for directory in os.get_exec_path():
        found = process.find_program(name, path=directory)
        if found is not None and found.resolve().name not in _LAUNCHERS:
            return found
    return None


def _candidates(name: str, major: str) -> Iterator[str]:
    if major:
        yield f"{name}-{major}"
        yield name
        return
    yield name
    # openSUSE's compilers for other machines have a version in their names.
    versions = {
        int(found[1])
        for directory in os.get_exec_path()
        for path in Path(directory or ".").glob(f"{name}-*")
        if (found := _VERSION.fullmatch(path.name.removeprefix(name)))
    }
    for version in sorted(versions, reverse=True):
        yield f"{name}-{version}"


def _is_for(gcc: Path, machine: str) -> bool:
    return _answer(gcc, "-dumpmachine").startswith(machine)


def _is_native(gcc: Path) -> bool:
    return _is_for(gcc, os.uname().machine)


def _answer(gcc: Path, word: str) -> str:
    done = process.run([str(gcc), word], timeout=_ANSWER_S)
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
