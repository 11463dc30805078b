"""Lists of options that several commands share, as decorators, and their values as one object.

What the original expresses by a variable on the command line may be said either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Variables = Mapping[str, tuple[str, Callable[[str], object]]]
"""By the names of fields: the variable that means the same, and what makes a value of its text."""


class Choices(Protocol):
    """The values of a list of options."""

    VARIABLES: ClassVar[Variables]


C = TypeVar("C", bound=Choices)


def with_variables(choices: C, variables: Mapping[str, str]) -> C:
    """Return choices in which variables stand for the options that were not given."""
    given = {
        field: convert(variables[name])
        for field, (name, convert) in choices.VARIABLES.items()
        if not getattr(choices, field) and variables.get(name)
    }
    return replace(choices, **given)  # type: ignore[type-var]


def variable_names(*kinds: type[Choices]) -> tuple[str, ...]:
    """Return the variables of some lists of options."""
    return tuple(name for kind in kinds for name, _ in kind.VARIABLES.values())


def option_list(*options: Decorator) -> Decorator:
    """Return the decorator that adds options in the order in which help shows them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def jobs_option(text: str, default: int | None = None) -> Decorator:
    """Accept `-j`; without `default`, the command gets None and decides."""
    return click.option(
        "-j",
        "--jobs",
        metavar="N",
        type=click.IntRange(min=1),
        default=default,
        show_default=default is not None,
        help=text,
    )


def json_option(what: str) -> Decorator:
    """Accept `--json`, which prints an array, of `what`."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print a JSON array of {what}.")
