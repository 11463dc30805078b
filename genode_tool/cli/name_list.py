"""Lists of names, for the commands that list targets, libraries, scenarios and ports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import click

from genode_tool.errors import UserError
from genode_tool.report.control import clean_line


def select_names(names: Iterable[str], patterns: Sequence[str], kind: str) -> list[str]:
    """Return the names that match any of the shell patterns, all without patterns; sorted.

    Raises `UserError`, which calls the names `kind`, when there are patterns and none matches.
    """
    from fnmatch import fnmatchcase

    selected = sorted(set(names))
    if not patterns:
        return selected
    selected = [name for name in selected if any(fnmatchcase(name, one) for one in patterns)]
    if not selected:
        raise UserError(f"no {kind} matches {' or '.join(f'`{one}`' for one in patterns)}")
    return selected


def print_names(names: Iterable[str], *, as_json: bool) -> None:
    """Print one name per line, or all as a JSON array."""
    if as_json:
        click.echo(json.dumps(list(names), indent=2))
        return
    for name in names:
        click.echo(clean_line(name, color=False))
