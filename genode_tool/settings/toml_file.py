"""One settings file: its data, and the line on which each key stands.

TOML 1.0 by `tomllib`, which gives positions in its errors only. A line that ends a statement is
found by parsing: a statement stands alone, so the lines up to its end are valid TOML, and those
up to an earlier line are not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, Location, UserError
from genode_tool.regex import regex

KeyPath = tuple[str, ...]
"""A key with the names of the tables around it."""

_POSITION = regex(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True)
class TomlFile:
    """A file that was read."""

    path: Path
    text: str
    data: Mapping[str, object]

    @cached_property
    def lines(self) -> Mapping[KeyPath, int]:
        """The line of each table and key, counted from 1."""
        return _lines_of_keys(self.text)

    def location(self, key: KeyPath) -> Location:
        """Return where `key` stands; for one that is not in the file, the table around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return Location(str(self.path), self.lines.get(key, 0))


def read_toml(path: Path) -> TomlFile | None:
    """Return the file at `path`, None when there is none.

    Raises `UserError` for broken TOML and `EnvironmentProblem` for a file that cannot be read.
    """
    try:
        # Not read_text(): that would also turn a lone CR, which TOML forbids, into a line end.
        text = path.read_bytes().decode().replace("\r\n", "\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EnvironmentProblem(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError("not UTF-8 text", location=Location(str(path), line)) from None
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, text, str(error)) from None


def _broken(path: Path, text: str, message: str) -> UserError:
    found = _POSITION.search(message)
    line, column = text.count("\n") + 1, 0
    if found and found[1]:
        line, column = int(found[1]), int(found[2])
    what = message[: found.start()] if found else message
    return UserError(
        f"broken TOML: {what[:1].lower()}{what[1:]}", location=Location(str(path), line, column)
    )


def _lines_of_keys(text: str) -> dict[KeyPath, int]:
    found: dict[KeyPath, int] = {}
    header: KeyPath = ()
    pending: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        pending.append(line)
        try:
            statement = tomllib.loads("\n".join(pending))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value of several lines
        began = number - len(pending) + 1
        paths = list(_paths(statement))
        # A header names its table in full; the keys below it are relative to it.
        if pending[0].lstrip().startswith("["):
            header = ()
        for path in paths:
            found.setdefault((*header, *path), began)
        if pending[0].lstrip().startswith("["):
            header = paths[-1]
        pending = []
    return found


def _paths(table: Mapping[str, object]) -> Iterator[KeyPath]:
    """Yield the paths of all keys, those of tables before what is in them."""
    for key, value in table.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *path) for path in _paths(value))
