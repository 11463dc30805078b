"""The options that come before the command and hold for every one of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import click

from genode_tool.report.terminal import ColorMode, Terminal, terminal


@dataclass(frozen=True, slots=True)
class Settings:
    """How to talk to the user. `verbosity`: -1 quiet, 0 normal, 1 and more: details."""

    color: ColorMode = ColorMode.AUTO
    verbosity: int = 0
    traceback: bool = False

    def screen(self) -> Terminal:
        """Return standard output as the user wants it to be used."""
        return terminal(sys.stdout, self.color)


@dataclass(slots=True)
class Session:
    """One call of the tool; `settings` are the defaults until its options have been read.

    `words` are those of the command line, `directory` is where it was called.
    """

    settings: Settings = Settings()
    words: tuple[str, ...] = ()
    directory: str = ""


def talk_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let `-q`, `-v` and `--no-install` stand after the command, too, where many type them."""

    def note(context: click.Context, parameter: click.Parameter, value: int | bool) -> None:
        step = -int(value) if parameter.name == "quiet" else int(value)
        session = context.find_object(Session)
        if session and step:
            verbosity = session.settings.verbosity + step
            session.settings = replace(session.settings, verbosity=verbosity)

    quiet = click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=note, help="Less output."
    )
    verbose = click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=note, help="More output."
    )
    launcher = click.option("--no-install", is_flag=True, expose_value=False, hidden=True)
    return launcher(verbose(quiet(command)))


pass_session = click.make_pass_decorator(Session)
