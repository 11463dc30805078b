"""The reasons why a step would run now, or not: ninja's own view, without running anything.

`ninja -d explain -n` prints its reasons. It is given a ninja file of the leaf as it is now, so
that a changed description counts, too, and a copy of its log with what the next build will
record there about sources that changed.
"""

from __future__ import annotations

import enum
import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from genode_tool.building.ask.leaf_view import LeafView
from genode_tool.building.ninja.incremental import Forecast, forecast
from genode_tool.building.ninja.logs import VOID
from genode_tool.building.ninja.runner import ninja_program
from genode_tool.building.ninja.syntax import Edge, read_manifest, within
from genode_tool.building.plan.manifest import ninja_file
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import run, scrubbed_environment
from genode_tool.regex import regex
from genode_tool.scratch import scratch_directory

_SECONDS = 120


class Cause(enum.Enum):
    """The causes for a step to run."""

    NEVER_BUILT = "it was never built"
    MISSING = "its output is missing"
    CONTENT = "an input has changed"
    NEWER = "an input is newer"
    UNFINISHED = "it was interrupted or failed, or an input has changed since"
    COMMAND = "its command changed"
    DEPENDENCIES = "its dependencies are not known"
    BEFORE = "an input will be built first"
    ALWAYS = "it always runs"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a step to run; `subject` is the file it is about, "" for none."""

    cause: Cause
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StepAccount:
    """A step as ninja sees it.

    `reasons` are empty when it would not run. `added` and `removed` are the words by which its
    command differs from that of the last build. `seconds` is how long it took the last time,
    None when it never ran.
    """

    node: str
    edge: Edge
    reasons: tuple[Reason, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    seconds: float | None


_DIRECT = (
    (regex(r"output (.+) doesn't exist"), Cause.MISSING),
    (regex(r"(?:restat of )?output (.+) older than most recent input (.+) \("), Cause.NEWER),
    (regex(r"recorded mtime of (.+) older than most recent input (.+) \("), Cause.NEWER),
    (regex(r"command line changed for (.+)"), Cause.COMMAND),
    (regex(r"command line not found in log for (.+)"), Cause.NEVER_BUILT),
    (regex(r"deps for '(.+)' are missing"), Cause.DEPENDENCIES),
    (regex(r"stored deps info out of date for '(.+)'(?: \(|$)"), Cause.DEPENDENCIES),
    (regex(r"depfile '(.+)' is missing"), Cause.DEPENDENCIES),
)
_DIRTY = regex(r"(.+) is dirty")
_MARK = "ninja explain: "


def parse_explanations(lines: Iterable[str]) -> tuple[dict[str, list[Reason]], set[str]]:
    """Parse `-d explain` lines: ninja's reasons by output, and the outputs that it will rebuild."""
    direct: dict[str, list[Reason]] = {}
    dirty: set[str] = set()
    for line in lines:
        if not line.startswith(_MARK):
            continue
        text = line.removeprefix(_MARK)
        for pattern, cause in _DIRECT:
            match = pattern.match(text)
            if match:
                subject = match.group(2) if pattern.groups > 1 else ""
                reason = Reason(cause, subject)
                known = direct.setdefault(match.group(1), [])
                if reason not in known:
                    known.append(reason)
                break
        else:
            match = _DIRTY.fullmatch(text)
            if match:
                dirty.add(match.group(1))
    return direct, dirty


def explain_step(view: LeafView, name: str) -> StepAccount | None:
    """Return the account of the step that makes the file `name` (as the leaf's makefile has it).

    None when no command makes it. Raises `EnvironmentProblem` when ninja fails.
    """
    node = _node(view, name)
    own = view.plans.get(view.leaf.id)
    edge = next((one for one in own.edges if node in one.outputs), None) if own else None
    if edge is None:
        return None
    build_dir = Path(view.build_dir)
    with scratch_directory("explain") as scratch:
        coming = forecast(build_dir, scratch)
        direct, dirty = parse_explanations(_ask(view, node, str(scratch)))
    log = coming.steps.log
    before = read_manifest(build_dir).get(node)
    added, removed = _difference(before.command if before else "", edge.command)
    reasons: list[Reason] = []
    for output in edge.outputs:
        # When an input is to be built, ninja does not check the output any more.
        if output not in log:
            reasons.append(Reason(Cause.NEVER_BUILT))
        elif not (build_dir / output).exists():
            reasons.append(Reason(Cause.MISSING))
        elif log[output].digest == VOID:
            reasons += _void_reasons(coming, output, direct, bool(added or removed))
        else:
            reasons += direct.get(output, ())
    for one in edge.inputs:
        if one == "var/genode/always":
            reasons.append(Reason(Cause.ALWAYS))
        elif one in direct or one in dirty:
            reasons = [r for r in reasons if r.subject != one]
            reasons.append(Reason(Cause.BEFORE, one))
    entry = log.get(node)
    return StepAccount(
        node,
        edge,
        tuple(dict.fromkeys(reasons)),
        added,
        removed,
        entry.seconds if entry is not None else None,
    )


def _node(view: LeafView, name: str) -> str:
    path = os.path.normpath(view.ev.path(name))
    return path.removeprefix(view.build_dir + "/")


def _void_reasons(
    coming: Forecast, output: str, direct: Mapping[str, list[Reason]], other_command: bool
) -> list[Reason]:
    """Return why a step is to run whose entry in ninja's log was made void."""
    changed = coming.differences.changed
    causes = [Reason(Cause.CONTENT, one) for one in coming.steps.inputs(output) if one in changed]
    others = [
        reason
        for reason in direct.get(output, ())
        if reason.subject not in changed and (reason.cause is not Cause.COMMAND or other_command)
    ]
    return [*(causes or [Reason(Cause.UNFINISHED)]), *others]


def _ask(view: LeafView, node: str, scratch: str) -> list[str]:
    manifest = Path(scratch) / "build.ninja"
    text = ninja_file(view.plans, ()).text
    manifest.write_text(within(scratch, text))
    done = run(
        [ninja_program(), "-f", str(manifest), "-n", "-d", "explain", node],
        cwd=Path(view.build_dir),
        env={**scrubbed_environment(), "TERM": "dumb"},
        timeout=_SECONDS,
    )
    lines = (done.stderr + b"\n" + done.stdout).decode(errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("ninja: error: ")]
    missing = [line for line in errors if "missing and no known rule" in line]
    if errors and not missing:
        raise EnvironmentProblem(errors[0])
    return lines


def _difference(before: str, now: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not before or before == now:
        return (), ()
    old, new = _words(before), _words(now)
    return tuple(one for one in new if one not in old), tuple(one for one in old if one not in new)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
