"""`genode run`."""

from __future__ import annotations

import shlex

import click
from click.shell_completion import CompletionItem

from genode_tool.cli.settings import Session, pass_session, talk_options
from genode_tool.cli.variables import split_words
from genode_tool.errors import UserError

_EPILOG = """\b
Examples:
  genode run log
  genode run log --kernel linux
  genode run log timer routing --timeout-scale 3
  genode run log --until 'hello' --qemu-arg '-smp 2'
  genode run log --include image/disk KERNEL=hw BOARD=pc
  genode run log --plan

\b
Exit codes of one scenario: 0 passed; 255 the output is not as expected, 254 time-out,
253 the output ended too early, 252 the build failed or the machine rebooted; 1 any other
failure of the scenario; 2 wrong input or environment. Of several: 0 none failed, else 1.
"""


def _complete(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from genode_tool.cli.completing import complete_scenarios

    return complete_scenarios(ctx, parameter, incomplete)


@click.command("run", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="NAME... [VAR=value...]", shell_complete=_complete)
@click.option("--kernel", metavar="K", help="Kernel to run on (KERNEL=K).")
@click.option("--board", metavar="B", help="Board to run on (BOARD=B).")
@click.option(
    "--include", "includes", metavar="MODULE", multiple=True, help="Run module, e.g. image/iso."
)
@click.option(
    "--switch",
    "switches",
    metavar="WORDS",
    multiple=True,
    help="Further words that the run script may look at, as in RUN_OPT.",
)
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
@click.option("--skip-build", is_flag=True, help="Use what was built before.")
@click.option("--keep", is_flag=True, help="Keep the boot directory.")
@click.option(
    "--plan", "only_plan", is_flag=True, help="Tell what would be built and booted; do neither."
)
@click.option("--json", "as_json", is_flag=True, help="With --plan: print it as JSON.")
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Build steps at a time; default: one per core.",
)
@talk_options
@pass_session
def command(
    session: Session,
    words: tuple[str, ...],
    kernel: str | None,
    board: str | None,
    includes: tuple[str, ...],
    switches: tuple[str, ...],
    qemu_args: tuple[str, ...],
    timeout_scale: float,
    until: str,
    attempts: int,
    skip_build: bool,
    keep: bool,
    only_plan: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Build, boot and judge the scenarios NAME..., one after the other.

    A scenario is a run script NAME.run (Tcl) or NAME.run.py in a repository's directory `run`. Its
    image, log with time stamps and verdict are kept in var/run/NAME of the build directory.
    """
    from genode_tool.cli.scenarios import plan, run

    variables, names = split_words(words)
    if not names:
        raise UserError("no scenario is named", hint="`genode run log` runs the scenario `log`")
    for variable, value in (("KERNEL", kernel), ("BOARD", board)):
        if value is not None:
            variables[variable] = value
    if as_json and not only_plan:
        raise UserError("--json goes with --plan")
    options = {
        "switches": (
            *(word for module in includes for word in ("--include", module)),
            *_words(switches, "--switch"),
        ),
        "qemu_args": _words(qemu_args, "--qemu-arg"),
        "timeout_scale": timeout_scale,
        "until": until,
        "boot_attempts": attempts,
        "skip_build": skip_build,
        "keep": keep,
        "jobs": jobs or 0,
    }
    if only_plan:
        return plan(session.settings, names, variables, as_json=as_json, **options)
    return run(session.settings, names, variables, **options)


def _words(values: tuple[str, ...], option: str) -> tuple[str, ...]:
    """Split each of `values` as a shell would."""
    words: list[str] = []
    for value in values:
        try:
            words += shlex.split(value)
        except ValueError as error:
            raise UserError(f"{option}: cannot split `{value}`: {error}") from error
    return tuple(words)
