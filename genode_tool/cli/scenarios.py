"""Running scenarios for `genode run` and the goals `run/NAME` of `genode make`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genode_tool.cli.invocation import OutputOptions
from genode_tool.cli.place import build_directory
from genode_tool.errors import UserError
from genode_tool.report.terminal import terminal

if TYPE_CHECKING:
    from genode_tool.events import Event, Sink
    from genode_tool.report.collect import Collector
    from genode_tool.report.terminal import Terminal
    from genode_tool.run import RunOptions, Verdict
    from genode_tool.run.user_terminal import UserTerminal
    from genode_tool.tree import BuildDirectory

_CEILING_SECONDS = 900.0
_PREPARE = "genode prepare"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one call of `genode run` is about.

    `names` are scenarios, or with `everything` all there are; `kernels` the kernels to run each
    on, none for the configured one. `at_once` is how many run at a time. `report` is where
    reports go (None: into the build directory when there are several runs).
    """

    names: tuple[str, ...]
    everything: bool = False
    kernels: tuple[str, ...] = ()
    at_once: int = 1
    report: Path | None = None
    as_json: bool = False


def run(
    settings: OutputOptions, wanted: Wanted, variables: Mapping[str, str], **options: Any
) -> int:
    """Run scenarios and return the exit code.

    That is the scenario's own when there is one; of several, 0 when none failed, else 1.
    `options` are fields of `RunOptions`. Raises `GenodeError` for what cannot be started.
    """
    from genode_tool.report import build as build_voice
    from genode_tool.report import run as run_voice
    from genode_tool.report.collect import Collector
    from genode_tool.report.reporter import Reporter
    from genode_tool.run import RunOptions
    from genode_tool.run.context.run_scripts import all_scenarios
    from genode_tool.run.engine.parallel import Job, run_jobs

    screen = terminal(sys.stderr, settings.color) if wanted.as_json else settings.screen()
    chosen = RunOptions(verbose=settings.verbosity > 0, skip_unfit=wanted.everything, **options)
    user = _user(wanted, chosen)
    if chosen.interactive or chosen.gdb:
        screen = replace(screen, live=False)  # a bottom line would be in the system's way
    with Reporter(screen, settings.verbosity, (build_voice, run_voice)) as show:
        directories = [
            build_directory({**variables, **kernel}, show)
            for kernel in ([{"KERNEL": one} for one in wanted.kernels] or [{}])
        ]
        first = directories[0]
        runs = [
            (one, all_scenarios(one.repositories) if wanted.everything else wanted.names)
            for one in directories
        ]
        several = sum(len(names) for _, names in runs) > 1
        if several and chosen.ceiling is None:
            chosen = replace(chosen, ceiling=_CEILING_SECONDS)
        collector = Collector(first.path)

        def sink(event: Event) -> None:
            show(event)
            collector(event)

        if wanted.at_once > 1 and several:
            jobs = [
                Job(directory.path, directory.overrides, name, chosen)
                for directory, names in runs
                for name in names
            ]
            verdicts = run_jobs(jobs, wanted.at_once, _quieter(sink, settings.verbosity))
        else:
            joined = user and (chosen.interactive or chosen.gdb)
            quiet = _without_logs(sink) if joined else sink  # the terminal has it as it is
            verdicts = _run_in_turn(runs, chosen, quiet, user)
    if len(verdicts) > 1:
        for line in run_voice.summary_lines(verdicts, screen):
            screen.line(line)
        lacking = {word for one in verdicts for word in _ports_wanted(one)}
        if lacking:
            screen.line(f"genode: {_PREPARE} {' '.join(sorted(lacking))} gets the ports that lack")
    _write_reports(collector, wanted, screen, several=len(verdicts) > 1)
    if len(verdicts) == 1:
        return verdicts[0].exit_code
    return 0 if all(one.outcome.good for one in verdicts) else 1


def _ports_wanted(verdict: Verdict) -> Sequence[str]:
    """Return the ports that a scenario lacks, as its hint tells them."""
    command = verdict.hint.removeprefix(_PREPARE)
    return command.split() if command != verdict.hint and not verdict.passed else ()


def _user(wanted: Wanted, options: RunOptions) -> UserTerminal | None:
    """Return the user's terminal, if there is one and a single scenario to give it to."""
    from genode_tool.run.user_terminal import UserTerminal

    if wanted.everything or len(wanted.names) != 1 or len(wanted.kernels) > 1:
        for name, given in (("--interactive", options.interactive), ("--gdb", options.gdb)):
            if given:
                raise UserError(f"{name} wants one scenario on one kernel")
        return None
    if options.interactive and options.gdb:
        raise UserError("--interactive and --gdb both want the terminal: one at a time")
    user = UserTerminal.of_streams()
    if options.interactive and user is None:
        raise UserError(
            "--interactive needs a terminal: standard input or output is none",
            hint="the serial log is shown without it as well",
        )
    return user


def _run_in_turn(
    runs: Sequence[tuple[BuildDirectory, Sequence[str]]],
    options: RunOptions,
    sink: Sink,
    user: UserTerminal | None,
) -> list[Verdict]:
    from genode_tool.run import run_scenarios

    verdicts: list[Verdict] = []
    for directory, names in runs:
        verdicts += run_scenarios(directory, tuple(names), options, sink, user)
    return verdicts


def _write_reports(
    collector: Collector, wanted: Wanted, screen: Terminal, *, several: bool
) -> None:
    from genode_tool.report.run_files import as_data, write_reports

    runs = collector.run_set()
    if wanted.report or several:
        paths = write_reports(runs, wanted.report or runs.build_dir / "var/report")
        screen.line(f"genode: report: {paths[-1]}")
    if wanted.as_json:
        sys.stdout.write(json.dumps(as_data(runs), indent=2) + "\n")


def _without_logs(sink: Sink) -> Sink:
    """Return a sink that leaves out the lines of the machine's log."""
    from genode_tool.run.events import SerialLine

    def without(event: Event) -> None:
        if not isinstance(event, SerialLine):
            sink(event)

    return without


def _quieter(sink: Sink, verbosity: int) -> Sink:
    """Return a sink that leaves out the logs of machines: several would mix line by line."""
    from genode_tool.run.events import ScriptOutput, SerialLine

    if verbosity > 0:
        return sink

    def quieter(event: Event) -> None:
        if not isinstance(event, SerialLine | ScriptOutput):
            sink(event)

    return quieter


def plan(
    settings: OutputOptions,
    names: Sequence[str],
    variables: Mapping[str, str],
    *,
    everything: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Print what scenarios (`names` or all) ask for, doing none of it; return the exit code.

    1 when a script could not be followed. Raises `GenodeError` as `run` does.
    """
    from genode_tool.events import discard
    from genode_tool.report.plan import plan_data, plan_lines
    from genode_tool.run import RunOptions, plan_scenarios
    from genode_tool.run.context.run_scripts import all_scenarios

    directory = build_directory(variables, discard)
    chosen = all_scenarios(directory.repositories) if everything else tuple(names)
    planned = plan_scenarios(
        directory, chosen, RunOptions(**options), discard, artifacts=not everything
    )
    screen = settings.screen()
    if as_json:
        screen.line(json.dumps(plan_data(planned), indent=2))
    else:
        for line in plan_lines(planned, screen):
            screen.line(line)
    return 0 if all(verdict.outcome.good for verdict, _ in planned) else 1


def image(
    settings: OutputOptions,
    name: str,
    variables: Mapping[str, str],
    output: Path | None,
    **options: Any,
) -> int:
    """Build the scenario `name`, put its image at `output`, and return the exit code.

    `output` is a file, or a directory that gets a file named after the scenario; None stands
    for the current directory. `options` are fields of `RunOptions`.
    Raises `GenodeError` for what cannot be started or written.
    """
    from genode_tool.report import build as build_voice
    from genode_tool.report import run as run_voice
    from genode_tool.report.reporter import Reporter
    from genode_tool.run import RunOptions, run_scenarios
    from genode_tool.run.image.formats import ImageFormat, copy_image

    kind = ImageFormat(options["image_format"])
    target = output or Path()
    if target.is_dir():
        target = target / (name.removeprefix("run/") + kind.suffix)
    screen = settings.screen()
    with Reporter(screen, settings.verbosity, (build_voice, run_voice)) as sink:
        build = build_directory(variables, sink)
        if build.kernel == "linux":
            raise UserError(
                "kernel linux has no boot image: a system is a directory of files there",
                hint="choose another kernel with `--kernel`",
            )
        chosen = RunOptions(verbose=settings.verbosity > 0, image_only=True, **options)
        (verdict,) = run_scenarios(build, (name,), chosen, sink)
    if not verdict.outcome.good:
        return verdict.exit_code
    if verdict.image is None:
        raise UserError(
            f"scenario {name} ended without an image: {verdict.reason}",
            hint="its script has to call build_boot_image",
        )
    copy_image(verdict.image, target)
    screen.line(f"{target}: {target.stat().st_size} bytes")
    return 0
