"""What `genode run` and `genode image` have in common: the options that shape a scenario.

`scenario_options` puts them on a command; `shaping` makes of their values what the run engine is
asked for.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.errors import UserError


def scenario_options(
    metavar: str, *, kernels: bool
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the options; with `kernels`, several may be given.

    The command gets `words`, `kernels`, `board`, and the rest as keywords for `shaping`.
    """
    options = (
        click.argument("words", nargs=-1, metavar=metavar, shell_complete=complete_scenarios),
        click.option(
            "--kernel",
            "kernels",
            metavar="K",
            multiple=True,
            help="Kernel (KERNEL=K)" + ("; given several times: on each." if kernels else "."),
        ),
        click.option("--board", metavar="B", help="Board (BOARD=B)."),
        click.option(
            "--include",
            "includes",
            metavar="MODULE",
            multiple=True,
            help="Run module, e.g. image/iso, log/tcp.",
        ),
        click.option(
            "--switch",
            "switches",
            metavar="WORDS",
            multiple=True,
            help="Further words that run scripts and modules may look at, as in RUN_OPT.",
        ),
        click.option(
            "--autopilot", is_flag=True, help="Tell run scripts that nobody watches (a switch)."
        ),
        click.option(
            "--depot-dir",
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            help="Where depot archives are; default: `depot` of the tree.",
        ),
        click.option("--depot-user", metavar="NAME", help="Whose depot archives are used."),
        click.option("--skip-build", is_flag=True, help="Use what was built before."),
        click.option(
            "--keep",
            "--preserve-genode-dir",
            "keep",
            is_flag=True,
            help="Keep the boot directory.",
        ),
        click.option(
            "-j",
            "--jobs",
            metavar="N",
            type=click.IntRange(min=1),
            help="Build steps at a time (default: one per core)"
            + (", and scenarios (default: 1)." if kernels else "."),
        ),
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def shaping(
    *,
    includes: tuple[str, ...],
    switches: tuple[str, ...],
    autopilot: bool,
    depot_dir: Path | None,
    depot_user: str | None,
    skip_build: bool,
    keep: bool,
    jobs: int | None,
) -> dict[str, Any]:
    """Return the fields of `RunOptions` that the values of the options stand for."""
    words = [word for module in includes for word in ("--include", module)]
    words += ["--autopilot"] if autopilot else []
    words += ["--preserve-genode-dir"] if keep else []
    words += ["--depot-dir", str(depot_dir.absolute())] if depot_dir else []
    words += ["--depot-user", depot_user] if depot_user else []
    return {
        "switches": (*words, *split_values(switches, "--switch")),
        "skip_build": skip_build,
        "keep": keep,
        "jobs": jobs or 0,
    }


def split_values(values: tuple[str, ...], option: str) -> tuple[str, ...]:
    """Split each of `values` as a shell would. Raises `UserError` that names `option`."""
    words: list[str] = []
    for value in values:
        try:
            words += shlex.split(value)
        except ValueError as error:
            raise UserError(f"{option}: cannot split `{value}`: {error}") from error
    return tuple(words)
