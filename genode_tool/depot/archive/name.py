"""Names of depot archives.

An archive is `USER/TYPE/NAME[/VERSION]`, binaries and their debug information
`USER/bin/SPEC/NAME[/VERSION]`. `USER/pkg/SPEC/NAME[/VERSION]` names a package together with the
binaries of its sources; a depot has no such directory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean

SPECS = ("x86_32", "x86_64", "arm_v6", "arm_v7a", "arm_v8a", "riscv")
"""The instruction sets that depots have binaries for; any other word is possible, too."""


class ArchiveType(StrEnum):
    """The type of an archive, spelled as in its path."""

    API = "api"
    SRC = "src"
    RAW = "raw"
    PKG = "pkg"
    BIN = "bin"
    DBG = "dbg"

    @property
    def has_recipe(self) -> bool:
        """True for what is extracted from a recipe, false for what is built."""
        return self not in (ArchiveType.BIN, ArchiveType.DBG)


@dataclass(frozen=True, slots=True, order=True)
class Archive:
    """The name of an archive. `spec` and `version` are empty where there is none."""

    user: str
    type: ArchiveType
    name: str
    version: str = ""
    spec: str = ""

    def __str__(self) -> str:
        return f"{self.family}/{self.version}" if self.version else self.family

    @property
    def family(self) -> str:
        """The path without the version."""
        return "/".join(part for part in (self.user, self.type, self.spec, self.name) if part)

    @property
    def recipe(self) -> tuple[ArchiveType, str]:
        """The type and name of the recipe that the archive comes from, directly or not."""
        kind = self.type if self.type.has_recipe else ArchiveType.SRC
        return kind, self.name

    @property
    def is_binary_package(self) -> bool:
        """True for a package together with its binaries."""
        return self.type is ArchiveType.PKG and bool(self.spec)

    @property
    def source(self) -> Archive:
        """The package or source archive behind a binary package or binary; others themselves."""
        kind, name = self.recipe
        return Archive(self.user, kind, name, self.version)

    def at(self, version: str) -> Archive:
        """Return the same archive in another version."""
        return replace(self, version=version)

    def binary(self, spec: str, kind: ArchiveType = ArchiveType.BIN) -> Archive:
        """Return the binaries of this source archive, or this package with its binaries."""
        own = self.type if self.type is ArchiveType.PKG else kind
        return Archive(self.user, own, self.name, self.version, spec)


def parse_archive(
    path: str, *, versioned: bool, is_version: Callable[[Archive], bool] | None = None
) -> Archive:
    """Return the archive that a path names.

    Four elements after which a version may or may not follow are ambiguous for packages:
    `pkg/x86_64/NAME` and `pkg/NAME/VERSION`. With `versioned`, as `build` and `dependencies` want
    it, the last element is a version, and a binary package has five. Otherwise
    four elements are a binary package, unless `is_version` accepts the reading as a version.

    Raises `UserError` for a path that names no archive.
    """
    # A name must not lead out of the depot.
    parts = [part.replace("..", "__") for part in path.split("/") if part]
    wanted = (
        "wanted USER/TYPE/NAME[/VERSION], or USER/bin/SPEC/NAME[/VERSION] and USER/pkg/SPEC/NAME"
    )
    if len(parts) < 3:
        raise UserError(f"`{path}` is not the name of an archive", hint=wanted)
    user, word, *rest = parts
    try:
        kind = ArchiveType(word)
    except ValueError as error:
        types = [str(one) for one in ArchiveType]
        raise UserError(
            f"unknown archive type `{word}` in `{path}`",
            hint=did_you_mean(word, types) or f"the types are {', '.join(types)}",
        ) from error
    if not kind.has_recipe:
        if len(rest) not in (2, 3):
            raise UserError(f"`{path}` is not the name of a {kind} archive", hint=wanted)
        spec, name, *version = rest
        return Archive(user, kind, name, "".join(version), spec)
    if kind is ArchiveType.PKG and len(rest) == 3:
        spec, name, version_word = rest
        return Archive(user, kind, name, version_word, spec)
    if len(rest) > 2:
        raise UserError(f"`{path}` is not the name of a {kind} archive", hint=wanted)
    plain = Archive(user, kind, rest[0], rest[1] if len(rest) == 2 else "")
    if kind is ArchiveType.PKG and len(rest) == 2 and not versioned:
        known = rest[0] in SPECS
        if known or not (is_version and is_version(plain)):
            return Archive(user, kind, rest[1], "", rest[0])
    return plain
