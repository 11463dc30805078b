"""The options that `genode run` and `genode image` share: they shape the scenario."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from genode_tool.cli.completers import complete_scenarios
from genode_tool.cli.option_lists import option_list
from genode_tool.errors import UserError


@dataclass(frozen=True, slots=True)
class ScenarioArguments:
    """The values of the shared options. `jobs` None: as configured, or one per core."""

    includes: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    autopilot: bool = False
    depot_dir: Path | None = None
    depot_user: str | None = None
    depot_auto_update: bool = False
    skip_build: bool = False
    keep: bool = False
    jobs: int | None = None

    def run_switches(self) -> tuple[str, ...]:
        """Return the words that run scripts see, as in `RUN_OPT`.

        Raises `UserError` for a value of `--switch` that cannot be split.
        """
        words = [word for module in self.includes for word in ("--include", module)]
        words += ["--autopilot"] if self.autopilot else []
        words += ["--preserve-genode-dir"] if self.keep else []
        words += ["--depot-dir", str(self.depot_dir.absolute())] if self.depot_dir else []
        words += ["--depot-user", self.depot_user] if self.depot_user else []
        words += ["--depot-auto-update"] if self.depot_auto_update else []
        return (*words, *split_values(self.switches, "--switch"))


def scenario_words(metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the argument `words`: scenarios and variables."""
    return click.argument("words", nargs=-1, metavar=metavar, shell_complete=complete_scenarios)


scenario_options = option_list(
    click.option(
        "--include",
        "includes",
        metavar="MODULE",
        multiple=True,
        help="Use a run module, such as image/iso or log/tcp.",
    ),
    click.option(
        "--switch",
        "switches",
        metavar="WORDS",
        multiple=True,
        help="Pass further options to run scripts and modules, as RUN_OPT does.",
    ),
    click.option(
        "--autopilot",
        is_flag=True,
        help="Set the switch by which run scripts know that nobody is watching.",
    ),
    click.option(
        "--depot-dir",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        show_default="depot of the tree",
        help="Take depot archives from DIR.",
    ),
    click.option("--depot-user", metavar="NAME", help="Use the depot archives of NAME."),
    click.option(
        "--depot-auto-update",
        is_flag=True,
        help="Create or update the depot archives that scenarios import.",
    ),
    click.option("--skip-build", is_flag=True, help="Use what was built before."),
    click.option(
        "--keep",
        "--preserve-genode-dir",
        "keep",
        is_flag=True,
        help="Keep the boot directory.",
    ),
)
"""The options whose values are `ScenarioArguments`, but for `--jobs`."""


def split_values(values: tuple[str, ...], option: str) -> tuple[str, ...]:
    """Split each of `values` as a shell would. Raises `UserError` that names `option`."""
    words: list[str] = []
    for value in values:
        try:
            words += shlex.split(value)
        except ValueError as error:
            raise UserError(f"{option}: cannot split `{value}`: {error}") from error
    return tuple(words)
