"""Runs of scenarios, for `genode run` and the goals `run/NAME` of `genode make`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.cli.invocation import Invocation
from genode_tool.cli.place import build_directory
from genode_tool.errors import UserError
from genode_tool.report.terminal import terminal

if TYPE_CHECKING:
    from genode_tool.events import Event, Sink
    from genode_tool.report.runs.collect import Collector
    from genode_tool.report.terminal import Terminal
    from genode_tool.run.engine.batch import Batch
    from genode_tool.run.options import RunOptions
    from genode_tool.run.user_terminal import UserTerminal


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The scenarios of one call, and where its results go.

    `names` are scenarios; with `everything`, all are meant. `kernels` are the kernels to run
    each on, none for the configured one. `at_once` scenarios run at a time. `report` is the
    directory of reports (None: in the build directory if there are several runs).
    """

    names: tuple[str, ...]
    variables: Mapping[str, str]
    everything: bool = False
    kernels: tuple[str, ...] = ()
    at_once: int = 1
    report: Path | None = None
    as_json: bool = False

    def batches(self, sink: Sink) -> list[Batch]:
        """Return the scenarios for each kernel. Raises `GenodeError`."""
        from genode_tool.run.context.run_scripts import all_scenarios
        from genode_tool.run.engine.batch import Batch

        directories = [
            build_directory({**self.variables, **kernel}, sink)
            for kernel in ([{"KERNEL": one} for one in self.kernels] or [{}])
        ]
        return [
            Batch(
                one,
                all_scenarios(one.repositories)
                if self.everything
                else tuple(dict.fromkeys(self.names)),
            )
            for one in directories
        ]


def run(invocation: Invocation, request: RunRequest, options: RunOptions) -> int:
    """Run scenarios and return the exit code.

    That is the scenario's own when there is one; of several, 0 when none failed, otherwise 1.
    Raises `GenodeError` for what cannot be started.
    """
    from genode_tool.report import build as build_voice
    from genode_tool.report.depot import DepotVoice
    from genode_tool.report.log_filter import WithoutWarnings, without_logs, without_serial_lines
    from genode_tool.report.reporter import Reporter
    from genode_tool.report.runs import lines as run_voice
    from genode_tool.report.runs.collect import Collector
    from genode_tool.run.engine.batch import run_batches

    output = invocation.output
    screen = terminal(sys.stderr, output.color) if request.as_json else output.screen()
    user = _user_terminal(request, options)
    joined = options.interactive or options.gdb
    if joined:
        screen = replace(screen, live=False)  # a bottom line would be in the system's way
    with Reporter(screen, output.verbosity, (build_voice, DepotVoice(), run_voice)) as show:
        batches = request.batches(show)
        collector = Collector(batches[0].build_dir.path)

        def record(event: Event) -> None:
            show(event)
            collector(event)

        sink: Sink = record
        if user and joined:
            sink = without_serial_lines(record)
        elif request.at_once > 1 and _number_of(batches) > 1 and output.verbosity <= 0:
            # The lines of several machines would mix.
            sink = without_logs(record)
        warnings = WithoutWarnings(sink)
        if _number_of(batches) > 1 and output.verbosity <= 0:
            sink = warnings
        verdicts = run_batches(batches, options, request.at_once, sink, user)
    if len(verdicts) > 1:
        for line in run_voice.summary_lines(verdicts, screen):
            screen.line(line)
        missing = {port for one in verdicts for port in one.evidence.missing_ports}
        if missing:
            screen.line(f"genode: missing ports: run `genode prepare {' '.join(sorted(missing))}`")
    if warnings.count:
        screen.line(f"genode: {_counted(warnings.count)}; `-v` shows them")
    _write_reports(collector, request, screen, several=len(verdicts) > 1)
    if len(verdicts) == 1:
        return verdicts[0].exit_code
    return 0 if all(one.outcome.good for one in verdicts) else 1


def _counted(warnings: int) -> str:
    plural = "" if warnings == 1 else "s"
    return f"{warnings} warning{plural} about configurations"


def _number_of(batches: Sequence[Batch]) -> int:
    return sum(len(one.names) for one in batches)


def _user_terminal(request: RunRequest, options: RunOptions) -> UserTerminal | None:
    """Return the user's terminal, if there is one and a single scenario to give it to."""
    from genode_tool.run.user_terminal import UserTerminal

    if request.everything or len(request.names) != 1 or len(request.kernels) > 1:
        for name, given in (("--interactive", options.interactive), ("--gdb", options.gdb)):
            if given:
                raise UserError(f"{name} needs one scenario on one kernel")
        return None
    if options.interactive and options.gdb:
        raise UserError("--interactive and --gdb both need the terminal: give one of them")
    user = UserTerminal.of_streams()
    if options.interactive and user is None:
        raise UserError(
            "--interactive needs a terminal as standard input and output",
            hint="without it, the serial log is shown as well",
        )
    return user


def _write_reports(
    collector: Collector, request: RunRequest, screen: Terminal, *, several: bool
) -> None:
    from genode_tool.report.runs.files import as_data, write_reports

    runs = collector.run_set()
    if request.report or several:
        paths = write_reports(runs, request.report or runs.build_dir / "var/report")
        screen.line(f"genode: report: {paths[-1]}")
    if request.as_json:
        sys.stdout.write(json.dumps(as_data(runs), indent=2) + "\n")
