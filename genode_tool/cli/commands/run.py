"""`genode run`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_arguments
from genode_tool.cli.platform_options import several_kernels
from genode_tool.cli.scenario_options import (
    ScenarioArguments,
    scenario_options,
    scenario_words,
    split_values,
)
from genode_tool.cli.scenario_runs import RunRequest, run
from genode_tool.cli.words import split_words
from genode_tool.errors import UserError

if TYPE_CHECKING:
    from genode_tool.run.options import RunOptions

T = TypeVar("T")

_EPILOG = """\b
Examples:
  genode run log
  genode run log --kernel linux
  genode run log timer routing --timeout-scale 3
  genode run log --until 'hello' --qemu-arg '-smp 2'
  genode run log --include image/disk KERNEL=hw BOARD=pc
  genode run log --plan
  genode run log --interactive
  genode run log --gdb
  genode run --all -j2 --kernel hw --kernel linux

\b
Exit codes of one scenario: 0 passed; 255 unexpected output, 254 timeout, 253 the output
ended too early, 252 the build failed or the machine rebooted; 1 any other failure of the
scenario; 2 wrong input or environment. Of several: 0 none failed, otherwise 1.
"""


@dataclass(frozen=True, slots=True)
class RunArguments:
    """The arguments of `genode run` alone."""

    words: tuple[str, ...]
    kernels: tuple[str, ...]
    board: str | None
    everything: bool
    qemu_args: tuple[str, ...]
    timeout_scale: float | None
    until: str
    attempts: int | None
    screenshot: bool
    interactive: bool
    gdb: bool
    retries: int | None
    time_limit: float | None
    report: Path | None
    only_plan: bool
    as_json: bool


@click.command("run", epilog=_EPILOG)
@scenario_words("NAME... [VAR=value...]")
@several_kernels
@scenario_options
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    show_default="one step per core, one scenario",
    help="Run N build steps, and N scenarios, at a time.",
)
@click.option("--all", "everything", is_flag=True, help="Run every scenario that applies.")
@click.option(
    "--qemu-arg", "qemu_args", metavar="WORDS", multiple=True, help="Pass more arguments to QEMU."
)
@click.option(
    "--timeout-scale",
    metavar="X",
    type=float,
    show_default="setting run.timeout_scale, 1.0",
    help="Multiply every timeout of the run script by X.",
)
@click.option("--until", metavar="REGEX", default="", help="Run until the log matches, then stop.")
@click.option(
    "--attempts",
    metavar="N",
    type=click.IntRange(min=1),
    show_default="setting run.attempts, 3",
    help="Start a machine that does not boot up to N times.",
)
@click.option(
    "--screenshot", is_flag=True, help="Keep a picture of the machine's screen at the end."
)
@click.option(
    "--interactive",
    is_flag=True,
    help="Connect this terminal to the system; Ctrl-A X leaves it, also after the verdict.",
)
@click.option(
    "--gdb",
    is_flag=True,
    help="Hold the system for a debugger, and start one on a terminal; without timeouts.",
)
@click.option(
    "--retries",
    metavar="N",
    type=click.IntRange(min=0),
    show_default="setting run.retries, 0",
    help="Run a failed scenario again, up to N times.",
)
@click.option(
    "--time-limit",
    "--ceiling",
    "time_limit",
    metavar="S",
    type=float,
    show_default="setting run.time_limit, 900, for several scenarios",
    help="Stop a scenario that hangs for S seconds outside of its own timeouts.",
)
@click.option(
    "--report",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    show_default="var/report for several scenarios",
    help="Write junit.xml, report.json and report.html to DIR.",
)
@click.option(
    "--plan", "only_plan", is_flag=True, help="Show what would be built and booted; do neither."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result (or the plan) as JSON.")
@output_options
@pass_arguments(ScenarioArguments, RunArguments)
def command(invocation: Invocation, shape: ScenarioArguments, given: RunArguments) -> int:
    """Build, boot and judge scenarios.

    A scenario NAME is a run script NAME.run (Tcl) or NAME.run.py in the directory `run` of a
    repository. Its image, log with time stamps, and verdict are kept in var/run/NAME of the
    build directory.
    """
    from genode_tool.cli.place import settings_here
    from genode_tool.run.options import RunOptions

    variables, names = split_words(given.words, board=given.board)
    if not names and not given.everything:
        raise UserError(
            "no scenario is named",
            hint="`genode run log` runs the scenario `log`, `genode run --all` every one",
        )
    if names and given.everything:
        raise UserError(f"--all and scenarios by name ({' '.join(names)}) exclude each other")
    if given.only_plan and len(given.kernels) > 1:
        raise UserError("--plan shows one kernel at a time", hint="give --kernel once")
    kernel = {"KERNEL": given.kernels[0]} if given.kernels else {}
    defaults = RunOptions.of_settings(settings_here(variables | kernel).runs.run)
    options = replace(
        defaults,
        switches=(*defaults.switches, *shape.run_switches()),
        qemu_args=(*defaults.qemu_args, *split_values(given.qemu_args, "--qemu-arg")),
        timeout_scale=_chosen(given.timeout_scale, defaults.timeout_scale),
        until=given.until,
        boot_attempts=_chosen(given.attempts, defaults.boot_attempts),
        skip_build=shape.skip_build,
        keep=shape.keep,
        retries=_chosen(given.retries, defaults.retries),
        screenshot=given.screenshot or defaults.screenshot,
        jobs=shape.jobs or 0,
        verbose=invocation.output.verbosity > 0 and not given.only_plan,
        interactive=given.interactive,
        gdb=given.gdb,
        time_limit=given.time_limit,
        skip_unfit=given.everything and not given.only_plan,
    )
    request = RunRequest(
        names=tuple(names),
        everything=given.everything,
        variables=variables,
        kernels=given.kernels,
        at_once=shape.jobs or 1,
        report=given.report,
        as_json=given.as_json,
    )
    return (
        _plan(invocation, request, options)
        if given.only_plan
        else run(invocation, request, options)
    )


def _chosen(given: T | None, default: T) -> T:
    return default if given is None else given


def _plan(invocation: Invocation, request: RunRequest, options: RunOptions) -> int:
    """Print what scenarios ask for, each when it is known, doing none of it.

    Return 1 when a script fails, 2 when there is none for one of the names.
    """
    from genode_tool.events import discard
    from genode_tool.report.diagnostic import diagnostic_lines
    from genode_tool.report.runs.plan import JsonArray, plan_data, plan_lines
    from genode_tool.report.terminal import terminal
    from genode_tool.run.context.run_scripts import find_scenario
    from genode_tool.run.engine.scenarios import plan_scenarios

    (batch,) = request.batches(discard)
    screen = invocation.screen()
    array = JsonArray(screen.line)
    good, unknown = True, 0
    for name in batch.names:
        try:
            find_scenario(batch.build_dir.repositories, name)
        except UserError as error:
            if len(batch.names) == 1:
                raise
            unknown += 1  # the others are planned all the same
            errors = terminal(sys.stderr, invocation.output.color)
            for line in diagnostic_lines(error.diagnostic, errors.paint):
                errors.line(line)
            continue
        planned = plan_scenarios(
            batch.build_dir, (name,), options, discard, artifacts=not request.everything
        )
        good = good and all(verdict.outcome.good for verdict, _ in planned)
        if request.as_json:
            for one in plan_data(planned):
                array.add(one)
        else:
            for line in plan_lines(planned, screen):
                screen.line(line)
    if request.as_json:
        array.end()
    return 2 if unknown else int(not good)
