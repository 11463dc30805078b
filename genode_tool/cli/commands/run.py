"""`genode run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.scenario_options import scenario_options, shaping, split_values
from genode_tool.cli.words import split_words
from genode_tool.errors import UserError

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
Exit codes of one scenario: 0 passed; 255 the output is not as expected, 254 time-out,
253 the output ended too early, 252 the build failed or the machine rebooted; 1 any other
failure of the scenario; 2 wrong input or environment. Of several: 0 none failed, else 1.
"""


@click.command("run", epilog=_EPILOG)
@scenario_options("NAME... [VAR=value...]", kernels=True)
@click.option("--all", "everything", is_flag=True, help="All that apply here.")
@click.option(
    "--qemu-arg", "qemu_args", metavar="WORDS", multiple=True, help="Further arguments for QEMU."
)
@click.option(
    "--timeout-scale",
    metavar="X",
    type=float,
    default=1.0,
    help="Multiply every time-out of the run script by X.",
)
@click.option("--until", metavar="REGEX", default="", help="Run until the log matches, then stop.")
@click.option(
    "--attempts",
    metavar="N",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Starts of a machine that does not boot.",
)
@click.option(
    "--screenshot", is_flag=True, help="Keep a picture of the machine's screen at the end."
)
@click.option(
    "--interactive",
    is_flag=True,
    help="Join this terminal to the system; Ctrl-A X leaves it, also after the verdict.",
)
@click.option(
    "--gdb",
    is_flag=True,
    help="Hold the system for a debugger, and start that on a terminal; without time-outs.",
)
@click.option(
    "--retries",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    help="Run a scenario that failed again, up to N times.",
)
@click.option(
    "--ceiling",
    metavar="S",
    type=float,
    help="End a scenario that hangs for S seconds outside of its own time-outs"
    " (default for several: 900).",
)
@click.option(
    "--report",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write junit.xml, report.json, report.html to DIR; default for several: var/report.",
)
@click.option(
    "--plan", "only_plan", is_flag=True, help="Tell what would be built and booted; do neither."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result (or the plan) as JSON.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    /,
    words: tuple[str, ...],
    everything: bool,
    kernels: tuple[str, ...],
    board: str | None,
    qemu_args: tuple[str, ...],
    timeout_scale: float,
    until: str,
    attempts: int,
    screenshot: bool,
    interactive: bool,
    gdb: bool,
    retries: int,
    ceiling: float | None,
    report: Path | None,
    only_plan: bool,
    as_json: bool,
    **shape: Any,
) -> int:
    """Build, boot and judge the scenarios NAME...

    A scenario is a run script NAME.run (Tcl) or NAME.run.py in a repository's directory `run`. Its
    image, log with time stamps and verdict are kept in var/run/NAME of the build directory.
    """
    from genode_tool.cli.scenarios import Wanted, plan, run

    variables, names = split_words(words)
    if not names and not everything:
        raise UserError(
            "no scenario is named",
            hint="`genode run log` runs the scenario `log`, `genode run --all` every one",
        )
    if names and everything:
        raise UserError(f"--all and scenarios by name ({' '.join(names)}) exclude each other")
    if board is not None:
        variables["BOARD"] = board
    if only_plan and len(kernels) > 1:
        raise UserError("--plan shows one kernel at a time", hint="give --kernel once")
    options = {
        **shaping(**shape),
        "qemu_args": split_values(qemu_args, "--qemu-arg"),
        "timeout_scale": timeout_scale,
        "until": until,
        "boot_attempts": attempts,
        "screenshot": screenshot,
        "interactive": interactive,
        "gdb": gdb,
        "retries": retries,
        "ceiling": ceiling,
    }
    if only_plan:
        variables.update((("KERNEL", kernels[0]),) if kernels else ())
        return plan(
            invocation.output, names, variables, everything=everything, as_json=as_json, **options
        )
    wanted = Wanted(
        names=tuple(names),
        everything=everything,
        kernels=kernels,
        at_once=shape["jobs"] or 1,
        report=report,
        as_json=as_json,
    )
    return run(invocation.output, wanted, variables, **options)
