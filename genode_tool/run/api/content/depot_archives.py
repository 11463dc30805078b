"""Archives of a depot: their names, what they consist of, and how to get missing ones.

A depot holds `USER/TYPE/NAME/VERSION`, and for binaries `USER/bin/SPEC/NAME/VERSION`. A package
lists archives in its file `archives`; a source archive lists interfaces in `used_apis`, shortened
to `NAME/VERSION` when they are the same user's.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.errors import UserError
from genode_tool.regex import regex

PLAIN_PATTERN = r"^([\w\d\-]+)/([\w]+)/([\w\d\-_]+)$"
VERSIONED_PATTERN = r"^([\w\d\-]+)/([\w]+)/([\w\d\-_]+)/([\w\d\-\._]+)$"
BINARY_PATTERN = r"^([\w\d\-]+)/bin/([\w\d]+)/([\w\d\-_]+)$"
INTERFACE_PATTERN = r"^([\w\d\-_]+)/([\w\d\-\._]+)$"
"""The patterns of names, as run scripts get them."""

SWITCH = "--depot-auto-update"
"""The switch with which archives are created before they are imported."""

_NAME = regex(r"([\w-]+)/(\w+)/([\w-]+)(?:/([\w.-]+))?", re.ASCII)
_NESTED = ("pkg", "src", "raw")


@dataclass(frozen=True, slots=True)
class DepotDirectory:
    """The depot at `path`, for systems of the instruction set `spec`.

    `current` returns the version of the tree's recipe for a type and name; what it raises when
    there is none passes through.
    """

    path: Path
    spec: str
    current: Callable[[str, str], str]

    def parse(self, name: str) -> Archive:
        """Return the archive that a script names. Raises `UserError` for a malformed name."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise UserError(
                f'malformed depot archive "{name}"',
                hint="wanted USER/TYPE/NAME or USER/TYPE/NAME/VERSION",
            )
        user, word, short, version = match.groups()
        if word not in _NESTED:
            raise UserError(f'depot archive "{name}" is neither pkg nor src nor raw')
        return Archive(user, ArchiveType(word), short, version or self.current(word, short))

    def has(self, archive: Archive) -> bool:
        """Return whether the depot holds an archive."""
        return (self.path / str(archive)).exists()

    def content(self, name: str, missing: list[Archive]) -> Iterator[Archive]:
        """Yield an archive and all that it refers to, as far as the depot has them, in order.

        Missing archives go into `missing`. Raises `UserError` for a malformed name.
        """
        archive = self.parse(name)
        match archive.type:
            case ArchiveType.PKG:
                yield from self._package(archive, missing)
            case ArchiveType.SRC:
                yield from self._source(archive, missing)
            case _:
                yield from self._if_there(archive, missing)

    def _if_there(self, archive: Archive, missing: list[Archive]) -> Iterator[Archive]:
        if self.has(archive):
            yield archive
        else:
            missing.append(archive)

    def _package(self, archive: Archive, missing: list[Archive]) -> Iterator[Archive]:
        if not self.has(archive):
            # Its binary form brings along all that the package refers to.
            missing.append(archive.binary(self.spec))
            return
        yield archive
        for nested in self._list(archive, "archives"):
            match = _NAME.fullmatch(nested)
            if match and match[2] in _NESTED and match[4]:
                yield from self.content(nested, missing)

    def _source(self, archive: Archive, missing: list[Archive]) -> Iterator[Archive]:
        binary = archive.binary(self.spec)
        if self.has(archive):
            yield archive
        yield from self._if_there(binary, missing)
        if self.has(archive):
            for api in self._list(archive, "used_apis"):
                match = _NAME.fullmatch(api)
                name, _, version = api.partition("/")
                user = match[1] if match else archive.user
                used = Archive(user, ArchiveType.API, name, version)
                if match and match[4]:
                    used = Archive(user, ArchiveType.API, match[3], match[4])
                yield from self._if_there(used, missing)

    def _list(self, archive: Archive, file: str) -> Sequence[str]:
        path = self.path / str(archive) / file
        try:
            return path.read_text(errors="replace").split()
        except OSError as error:
            raise UserError(
                f"depot archive {archive} cannot be read: {path}: {error.strerror}",
                hint="remove the archive and create it again",
            ) from error


def how_to_get(
    missing: Sequence[Archive], has_recipe: Callable[[Archive], bool], depot_dir: Sequence[str]
) -> str:
    """Return what to do about missing archives, with the commands to call.

    Those with a recipe of that version can be created, the others can only be downloaded.
    `depot_dir` is the depot when it is not the usual one.
    """
    made = [one.family for one in missing if has_recipe(one)]
    foreign = [str(one) for one in missing if not has_recipe(one)]
    options = "".join(f" --depot-dir {shlex.quote(one)}" for one in depot_dir)
    commands = []
    if made:
        commands.append(f"`genode depot create {' '.join(made)}{options}`")
    if foreign:
        commands.append(f"`genode depot download {' '.join(foreign)}{options}`")
    text = f"get them with {' and '.join(commands)}"
    return f"{text}, or run with {SWITCH}" if made else text
