"""Planning in a confined copy of this process: what it asks for, and what it hands back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from genode_tool.building.memory.looks import current
from genode_tool.errors import GenodeError, UserError
from genode_tool.events import Event, Note, Sink, Warned
from genode_tool.run import events
from genode_tool.run.context.build_side import BorrowedBuild, BuildSide
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.verdict import Verdict
from genode_tool.sandbox.copy import Call, CopyEnded, run_in_copy
from genode_tool.sandbox.data import Kinds, from_data, to_data
from genode_tool.sandbox.kernel import weaknesses
from genode_tool.sandbox.policy import Policy

_GRACE_SECONDS = 10.0  # after the time of a script, for the rest of planning

_EVENTS = Kinds[Event](
    one
    for one in (Note, Warned, *vars(events).values())
    if isinstance(one, type) and issubclass(one, Event)
)

Planned = tuple[Verdict, ScenarioPlan]


@dataclass(frozen=True, slots=True)
class _AskedBuild(BorrowedBuild):
    """A build directory, seen from the copy: what its goals make is found outside."""

    ask: Call

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Return what the goals would make. Raises `GenodeError`."""
        answer = self.ask({"artifacts": list(goals)})
        if "error" in answer:
            raise UserError(answer["error"])
        return tuple(answer["made"])


def plan_confined(
    context: ScenarioContext,
    build: BuildSide,
    plan: Callable[[BuildSide, Sink], Planned],
) -> Planned:
    """Return the plan that `plan` makes in a confined copy of this process.

    It may write to the directory of `context.build`; it gets `build`, as it can be used there, and
    a sink. Raises `EnvironmentProblem` when the script broke the process that follows it.
    """

    looks = current()

    def work(ask: Call) -> Any:
        def hear(event: Event) -> None:
            ask({"event": _EVENTS.to_data(event)})

        if looks is None:
            return to_data(plan(_AskedBuild(build, ask), hear))
        looks.copied()
        try:
            return to_data(plan(_AskedBuild(build, ask), hear))
        finally:
            ask({"looks": looks.told()})

    def serve(question: Any) -> Any:
        match question:
            case {"artifacts": [*goals]} if all(isinstance(one, str) for one in goals):
                try:
                    return {"made": build.artifacts_of(goals)}
                except GenodeError as error:
                    return {"error": str(error)}
            case {"event": data}:
                context.sink(_EVENTS.from_data(data))
                return None
            case {"looks": data}:
                told.append(data)
                return None
        raise ValueError("no such question")

    told: list[Any] = []
    seconds = context.options.plan_seconds
    began = time.monotonic()
    temporary = context.build.path / ".tmp"
    temporary.mkdir()
    if looks is not None:
        looks.copies_tell = True
    try:
        data = run_in_copy(
            Policy((context.build.path,), attributes=False),
            work,
            serve,
            temporary=temporary,
            seconds=None if seconds is None else seconds + _GRACE_SECONDS,
        )
        return from_data(tuple[Verdict, ScenarioPlan], data)
    except ValueError as error:
        raise CopyEnded(f"planning {context.name} went wrong: {error}") from None
    finally:
        if looks is not None:
            looks.copies_tell = False
            for one in told or [None]:
                looks.add_told(one)
            if seconds is not None and time.monotonic() - began > seconds:
                looks.give_up("how far a script gets depends on the machine")


def warn_of_weakness(sink: Sink) -> None:
    """Say it when the kernel does not confine what is planned."""
    if missing := weaknesses():
        sink(
            Note(
                "planned run scripts are less confined: this kernel has no "
                + " and no ".join(missing)
                + " (`genode doctor` says what they can do)",
                "warning",
            )
        )
