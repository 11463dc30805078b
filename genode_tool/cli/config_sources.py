"""The configurations that the words of `genode config` stand for: files or scenarios."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import UserError

if TYPE_CHECKING:
    from genode_tool.config.syntax.document import Document
    from genode_tool.config.system.model import Dialect, System
    from genode_tool.run.inspection.configurations import Subject

_SUFFIXES = (".hid", ".xml", ".config")


def read_text(file: str) -> str:
    """Return the text of a file, of standard input for `-`. Raises `GenodeError`."""
    from genode_tool.config.syntax.read import read_file

    if file != "-":
        return read_file(Path(file))
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UserError(f"standard input is not UTF-8 text: byte {error.start}") from error


def read(file: str) -> Document:
    """Return the document in a file, in standard input for `-`. Raises `GenodeError`."""
    from genode_tool.config.syntax.read import read_document

    return read_document(read_text(file), "standard input" if file == "-" else file)


def subjects(
    word: str,
    variables: Mapping[str, str],
    *,
    strict: bool = False,
    binary: str = "",
    dialect: Dialect | None = None,
) -> list[Subject]:
    """Return the configurations that `word` stands for: that of a file, or all of a scenario.

    Raises `GenodeError` for what does not exist.
    """
    from genode_tool.cli.place import build_directory
    from genode_tool.events import discard
    from genode_tool.run.inspection.configurations import subject_of_text, subjects_of_scenario

    if word == "-" or Path(word).is_file():
        text = read_text(word)
        return [subject_of_text(text, word, strict=strict, binary=binary, dialect=dialect)]
    if "/" in word.removeprefix("run/") or Path(word).suffix in _SUFFIXES:
        raise UserError(f"no such file: {word}")
    _warn_of_weak_kernel()
    return subjects_of_scenario(build_directory(variables, discard), word, strict=strict)


@functools.cache
def _warn_of_weak_kernel() -> None:
    """Say once, on standard error, what this kernel lacks for planned run scripts."""
    import click

    from genode_tool.run.engine.plan_server import warn_of_weakness

    warn_of_weakness(lambda note: click.echo(f"genode: warning: {note}", err=True))


def one_system(names: Sequence[str], variables: Mapping[str, str]) -> System:
    """Return the configuration of the outermost init of one file or scenario."""
    if len(names) != 1:
        raise UserError(
            "wanted one file or scenario"
            + (f", {len(names)} are given: {' '.join(names)}" if names else "")
        )
    return subjects(names[0], variables)[0].system
