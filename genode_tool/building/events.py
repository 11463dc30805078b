"""The events of a build."""

from __future__ import annotations

from genode_tool.building.problems import Problem
from genode_tool.events import Event
from genode_tool.record import record


@record
class SourcesFromTheFuture(Event):
    """Sources that are dated in the future; sent when they appear or change."""

    paths: tuple[str, ...]


@record
class GraphStarted(Event):
    """Descriptions are being evaluated."""


@record
class GraphReady(Event):
    """The graph is complete: `evaluated` results are new, `reused` ones come from the cache."""

    programs: int
    libraries: int
    evaluated: int
    reused: int
    seconds: float


@record
class BuildStepFinished(Event):
    """A build step is done: step `number` of `total` (which may grow), `running` still run.

    `leaf` is the program or library it belongs to, `text` the traditional line without its
    indentation (`COMPILE  main.o`), `output` what the step printed. A `quiet` step is one that
    prints nothing when make builds it; its `text` is the name of its output.
    """

    leaf: str
    text: str
    number: int
    total: int
    running: int
    output: str = ""
    quiet: bool = False


@record
class BuildStepFailed(Event):
    """A build step failed; sent once, after all other events of the build."""

    leaf: str
    text: str
    command: str
    output: str
    code: int | None


@record
class ProblemsFound(Event):
    """All problems of descriptions, and the targets that were skipped.

    `strict`: what was skipped counts as wrong, too.
    """

    problems: tuple[Problem, ...]
    strict: bool = False


@record
class StepTime:
    """The duration of a step in seconds."""

    leaf: str
    text: str
    seconds: float


@record
class LongestSteps(Event):
    """The steps of a build that took longest, the longest first."""

    steps: tuple[StepTime, ...]


@record
class CacheUse:
    """The number of compilations that the compiler cache `name` found, and missed."""

    name: str
    found: int
    missed: int


@record
class BuildFinished(Event):
    """The end of a build: how many steps ran, in how many seconds.

    `planned`: the steps were counted, none of them ran. `longest` is the step that took
    longest, None when there was but one. `cache`: how much of the build came from a compiler cache.
    """

    ok: bool
    steps: int
    seconds: float
    planned: bool = False
    longest: StepTime | None = None
    cache: CacheUse | None = None
