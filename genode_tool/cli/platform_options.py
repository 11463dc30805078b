"""The options `--kernel` and `--board`, alike for every command that has a kernel and a board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from genode_tool.cli.completers import complete_boards, complete_kernels


def platform_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--kernel` and `--board`; the command gets `kernels` and `board`."""
    return _kernel("Use kernel K; the same as KERNEL=K.")(_board(command))


def several_kernels(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add them to a command that may be called for several kernels at once."""
    return _kernel("Use kernel K; given several times, run on each of them.")(_board(command))


def _kernel(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--kernel",
        "kernels",
        metavar="K",
        multiple=True,
        shell_complete=complete_kernels,
        help=text,
    )


def _board(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--board",
        metavar="B",
        shell_complete=complete_boards,
        help="Use board B; the same as BOARD=B.",
    )(command)
