"""What all parts of the run API share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from genode_tool.run.context.build_side import repository_with
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.scenario.session import Session
from genode_tool.run.verdict import Evidence, Outcome, ScenarioStop

Words = str | Sequence[str]
_F = TypeVar("_F", bound=Callable[..., object])
_MARK = "__run_command__"


def command(function: _F) -> _F:
    """Mark a method as a procedure of the run API."""
    setattr(function, _MARK, True)
    return function


def is_command(function: object) -> bool:
    """Whether `function` is a procedure of the run API."""
    return bool(getattr(function, _MARK, False))


class ApiBase:
    """A part of the API, working on one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def context(self) -> ScenarioContext:
        """What is fixed during this run."""
        return self.session.context

    @property
    def genode_path(self) -> Path:
        """The `genode/` directory that the boot modules are gathered in."""
        return self.context.run_dir / "genode"

    def words(self, value: Words) -> tuple[str, ...]:
        """Return the elements of a list as scripts give it."""
        return self.session.frontend.split(value) if isinstance(value, str) else tuple(value)

    def in_build(self, path: str) -> Path:
        """Return a script's path as an absolute one."""
        return self.context.build.path / path

    def find(self, relative: str) -> Path | None:
        """Return the path of `relative` in the first repository that has it."""
        repository = repository_with(self.context.build.repositories, relative)
        return repository / relative if repository else None

    @property
    def output(self) -> str:
        """The output that matched so far; scripts may change it."""
        return self.session.frontend.get("output") or ""

    @output.setter
    def output(self, text: str) -> None:
        self.session.frontend.set("output", text)

    def stop(
        self,
        outcome: Outcome,
        message: str,
        *,
        exit_code: int | None = None,
        evidence: Evidence | None = None,
        hint: str = "",
        trail: tuple[str, ...] = (),
    ) -> ScenarioStop:
        """Return the exception that ends the script here, with the script's place in it."""
        spot = self.session.frontend.where()
        return ScenarioStop(
            outcome,
            message,
            exit_code=exit_code,
            evidence=evidence,
            location=spot.location,
            trail=trail or spot.trail,
            hint=hint,
        )
