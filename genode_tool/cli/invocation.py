"""One call of the tool: its command line, and the options that every command takes."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Concatenate, TypeVar, overload

import click

from genode_tool.record import record, replace
from genode_tool.report.terminal import ColorMode, Terminal, terminal

A = TypeVar("A")
B = TypeVar("B")


@record
class OutputOptions:
    """Options of the output. `verbosity`: -1 quiet, 0 normal, 1 and more: details."""

    color: ColorMode = ColorMode.AUTO
    verbosity: int = 0
    traceback: bool = False

    def screen(self) -> Terminal:
        """Return standard output, in colour or not."""
        return terminal(sys.stdout, self.color)


@record(frozen=False)
class Invocation:
    """One call of the tool. `output` has the defaults until the options have been parsed.

    `words` is the command line, `directory` the one that the tool was called in.
    """

    output: OutputOptions = OutputOptions()
    words: tuple[str, ...] = ()
    directory: str = ""

    def screen(self) -> Terminal:
        """Return standard output, in colour or not."""
        return self.output.screen()


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Accept `-q`, `-v` and `--no-install` after the command, too, where many users type them."""

    def note(context: click.Context, parameter: click.Parameter, value: int | bool) -> None:
        step = -int(value) if parameter.name == "quiet" else int(value)
        invocation = context.find_object(Invocation)
        if invocation and step:
            verbosity = invocation.output.verbosity + step
            invocation.output = replace(invocation.output, verbosity=verbosity)

    quiet = click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=note, help="Print less."
    )
    verbose = click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=note, help="Print more."
    )
    launcher = click.option("--no-install", is_flag=True, expose_value=False, hidden=True)
    return launcher(verbose(quiet(command)))


pass_invocation = click.make_pass_decorator(Invocation)


@overload
def pass_arguments(
    first: type[A], /
) -> Callable[[Callable[Concatenate[Invocation, A, ...], int]], Callable[..., int]]: ...


@overload
def pass_arguments(
    first: type[A], second: type[B], /
) -> Callable[[Callable[Concatenate[Invocation, A, B, ...], int]], Callable[..., int]]: ...


def pass_arguments(*kinds: type[Any]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Call a command with its `Invocation` and one object of each of `kinds`.

    They are dataclasses whose fields are named as parameters of the command; all other parameters
    come one by one.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def call(**values: object) -> int:
            invocation = click.get_current_context().ensure_object(Invocation)
            arguments = [
                kind(**{one.name: values.pop(one.name) for one in fields(kind)}) for kind in kinds
            ]
            return command(invocation, *arguments, **values)

        return call

    return decorate
