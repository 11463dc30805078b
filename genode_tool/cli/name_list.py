"""Printing names for `genode targets`, `genode libs` and `genode scenarios`."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click

from genode_tool.cli.place import build_directory
from genode_tool.cli.words import split_words
from genode_tool.errors import UserError
from genode_tool.events import discard

if TYPE_CHECKING:
    from genode_tool.tree import BuildDirectory


def show_names(
    words: Sequence[str], as_json: bool, names_of: Callable[[BuildDirectory], Iterable[str]]
) -> int:
    """Print the names that match any of the patterns among `words`; return the exit code.

    Variables among `words` (KERNEL=…) choose what is seen. Raises `UserError` when there are
    patterns and nothing matches.
    """
    variables, patterns = split_words(words)
    names = sorted(set(names_of(build_directory(variables, discard))))
    if patterns:
        names = [n for n in names if any(fnmatch.fnmatchcase(n, one) for one in patterns)]
        if not names:
            raise UserError(f"nothing is called {' or '.join(f'`{one}`' for one in patterns)}")
    if as_json:
        click.echo(json.dumps(names, indent=2))
    else:
        for name in names:
            click.echo(name)
    return 0
