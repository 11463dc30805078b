"""The ports of a tree: their descriptions, and their places in the contrib directory.

A port `NAME` is described by `ports/NAME.port` of a repository; `NAME.hash` beside it names the
version. It is prepared as `contrib/NAME-HASH`, downloads are cached in `contrib/cache`. The
places follow the framework: `CONTRIB_DIR` and `GENODE_CONTRIB_CACHE` replace them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import Location, UserError
from genode_tool.nearest import did_you_mean
from genode_tool.settings.layered import LayeredSettings, settings_of

if TYPE_CHECKING:
    from genode_tool.tree import BuildDirectory, SourceTree


@dataclass(frozen=True, slots=True)
class Port:
    """One port description: its file, and the repository whose patches it uses."""

    name: str
    path: Path

    @property
    def repository(self) -> Path:
        """The top directory of the repository."""
        return self.path.parent.parent

    @property
    def hash_file(self) -> Path:
        """The file beside the description that names the current version."""
        return self.path.with_suffix(".hash")

    @property
    def recorded_hash(self) -> str:
        """The content of the hash file, "" when there is none."""
        try:
            return self.hash_file.read_text().strip()
        except FileNotFoundError:
            return ""


@dataclass(frozen=True)
class PortCollection:
    """The ports of one tree. `repositories` come in order, the first that has a port wins."""

    genode_dir: Path
    repositories: tuple[Path, ...]
    contrib_dir: Path
    cache_dir: Path
    build_dir: Path | None = None

    @property
    def settings(self) -> LayeredSettings:
        """The settings that hold for the tree, and the build directory if there is one."""
        return settings_of(self.genode_dir, self.build_dir)

    @cached_property
    def ports(self) -> dict[str, Port]:
        """All ports by name, sorted."""
        found: dict[str, Port] = {}
        for repository in self.repositories:
            for path in sorted((repository / "ports").glob("*.port")):
                found.setdefault(path.stem, Port(path.stem, path))
        return dict(sorted(found.items()))

    def port(self, name: str) -> Port:
        """Return the port `name`; raises `UserError` that names similar ones."""
        if not self.ports:
            raise UserError(
                f"{self.genode_dir} has no port descriptions",
                hint="trees before 14.05 have Makefiles for `genode prepare` and `genode clean`",
            )
        found = self.ports.get(name)
        if found is None:
            raise unknown_port(name, self.ports)
        return found

    def directory(self, port: Port) -> Path:
        """Return where `port` is once it is prepared; raises `UserError` without a hash file."""
        digest = port.recorded_hash
        if not digest:
            raise UserError(
                f"port `{port.name}` has no hash file",
                location=Location(str(port.hash_file)),
                hint=f"run `genode port update-hash {port.name}`",
            )
        return self.contrib_dir / f"{port.name}-{digest}"

    def versions(self, name: str) -> tuple[Path, ...]:
        """Return everything of port `name` in the contrib directory, unfinished work included."""
        known = sorted(self.contrib_dir.glob(f"{_escaped(name)}-*"))
        return tuple(one for one in known if _is_version(one.name.removeprefix(f"{name}-")))

    @classmethod
    def of_tree(cls, tree: SourceTree) -> PortCollection:
        """Return the ports of all repositories of `tree`."""
        contrib = os.environ.get("CONTRIB_DIR") or tree.path / "contrib"
        return cls._make(tree, (), Path(contrib))

    @classmethod
    def of_build_directory(cls, build_dir: BuildDirectory) -> PortCollection:
        """Return the ports of the tree of `build_dir`, whose own repositories come first."""
        collection = cls._make(build_dir.tree, build_dir.repositories, build_dir.contrib_dir)
        return replace(collection, build_dir=build_dir.path)

    @classmethod
    def _make(cls, tree: SourceTree, first: Sequence[Path], contrib: Path) -> PortCollection:
        from genode_tool.tree.blank_alias import without_blanks

        # Makefiles separate names with blanks, so no path that they meet may have one.
        top = without_blanks(Path(os.path.realpath(tree.path)))
        contrib = without_blanks(Path(os.path.normpath(top / contrib)))
        cache = os.environ.get("GENODE_CONTRIB_CACHE") or contrib / "cache"
        others = sorted(one for one in tree.repository_dir.iterdir() if one.is_dir())
        every = (without_blanks(Path(os.path.realpath(one))) for one in (*first, *others))
        repositories = tuple(dict.fromkeys(every))
        return cls(top, repositories, contrib, Path(cache).absolute())


def unknown_port(name: str, known: Iterable[str]) -> UserError:
    """Return the error for a port that does not exist."""
    return UserError(
        f"no such port: `{name}`",
        hint=did_you_mean(name, sorted(known)) or "`genode port list` lists them",
    )


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _is_version(text: str) -> bool:
    """Return whether `text` is a hash, maybe with `.incomplete`: `libc-HASH`, not `libc-x-HASH`."""
    digits = text.partition(".")[0]
    return len(digits) >= 8 and all(digit in "0123456789abcdef" for digit in digits)
