"""`genode make`."""

from __future__ import annotations

import os
import time

import click

from genode_tool.cli.completers import complete_goals
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.platform_options import platform_options
from genode_tool.cli.words import split_words

_EPILOG = """\b
Goals:
  core test/log      every target.mk at or below src/core and src/test/log
  lib/ld             one library
  run/log            the scenario `log`, after the other goals have been built
  again              what was built last, without reading descriptions
  clean              remove what was built
  cleanall           remove bin, debug and var as a whole
  (none)             everything

\b
Examples:
  genode make core init test/log
  genode make -j8 -k --kernel linux
  genode make run/log KERNEL=hw BOARD=pc     the same as --kernel hw --board pc
  genode make -n test/log            show what would be done
  genode make --strict test          fail when a test must be skipped

Exit codes: 0 done, 1 a step or scenario failed, 2 wrong input or environment; with a single
scenario, its own (see `genode run --help`).
"""


class _Make(click.Command):
    """Accepts `-j` without a number, as make does: one step per core."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Add the number to a bare `-j` before the options are parsed."""
        completed = []
        for word, following in zip(args, [*args, ""][1:], strict=True):
            bare = word in ("-j", "--jobs") and not following.isdecimal()
            completed.append(f"--jobs={cores()}" if bare else word)
        return super().parse_args(ctx, completed)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


@click.command("make", cls=_Make, epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="[GOAL...] [VAR=value...]", shell_complete=complete_goals
)
@platform_options
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    show_default="as in etc/build.conf, or one per core",
    help="Run N steps at a time.",
)
@click.option("-k", "--keep-going", is_flag=True, help="Continue after a failed step.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be done, but do nothing.")
@click.option("--strict", is_flag=True, help="Fail when a target has to be skipped.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    jobs: int | None,
    keep_going: bool,
    dry_run: bool,
    strict: bool,
) -> int:
    """Build programs and libraries; run scenarios as goals run/NAME.

    Works in the build directory that the current directory lies in, or in build/x86_64 of the
    source tree, which is created; BUILD_DIR=DIR names another one.
    """
    began = time.time_ns()
    from genode_tool import building
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.transcript import EventRecorder, keep
    from genode_tool.report import build as voice
    from genode_tool.report.reporter import Reporter

    variables, goals = split_words(words, kernels, board)
    scenarios = [goal.removeprefix("run/") for goal in goals if goal.startswith("run/")]
    targets = [goal for goal in goals if not goal.startswith("run/")]
    output = invocation.output
    if targets or not scenarios:
        recorder = EventRecorder()
        with Reporter(output.screen(), output.verbosity, (voice,)) as reporter:
            sink = recorder.recording(reporter)
            build_dir = build_directory(variables, sink)
            result = building.make(
                build_dir,
                targets,
                jobs=jobs,
                keep_going=keep_going,
                dry_run=dry_run,
                verbose=output.verbosity > 0,
                strict=strict,
                # A call that also runs scenarios is never without work.
                remember=not scenarios,
                sink=sink,
            )
        if not result.ok:
            return 1
        text = recorder.transcript(output) if result.observations is not None else None
        if result.observations is not None and text is not None:
            keep(invocation, build_dir.path, result.observations, began, text)
    if scenarios and not dry_run:
        from dataclasses import replace

        from genode_tool.cli.place import settings_here
        from genode_tool.cli.scenario_runs import RunRequest, run
        from genode_tool.run.options import RunOptions

        defaults = RunOptions.of_settings(settings_here(variables).runs.run)
        options = replace(defaults, jobs=jobs or 0, verbose=output.verbosity > 0)
        return run(invocation, RunRequest(tuple(scenarios), variables), options)
    return 0
