"""The explanation of a variable: every assignment in order, and which of them count.

`WatchedEvaluation` notes assignments that an evaluation would forget: those that a later one
replaced, and those that a stronger origin kept from having any effect.
GNU make manual, "How to Use Variables", "The `origin` Function".
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from genode_tool.errors import Location
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.evaluator.references import references
from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.reading.text import Text
from genode_tool.makefile.variables.variable import Assignment, Export, Flavor, Origin, Variable

UNDEFINE = "undefine"
"""The operator that stands for `undefine NAME`."""


class Effect(enum.Enum):
    """The effect of an assignment."""

    COUNTS = "counts"
    REPLACED = "replaced by a later one"
    WEAKER = "ignored: a stronger origin has set the variable"
    SET_ALREADY = "ignored: the variable was set already"


@dataclass(frozen=True, slots=True)
class AssignmentAccount:
    """One assignment: `value` is its right-hand side, not expanded.

    `trail` is the chain of includes and evals that led there, innermost first. `operator` is ""
    for what no makefile assigned.
    """

    operator: str
    value: str
    origin: Origin
    effect: Effect
    location: Location | None = None
    trail: tuple[str, ...] = ()

    @property
    def flavor(self) -> Flavor | None:
        """The flavor it gives the variable; None where it leaves it as it was."""
        if self.operator in ("+=", UNDEFINE):
            return None
        return Flavor.SIMPLE if self.operator in (":=", "::=") else Flavor.RECURSIVE


@dataclass(frozen=True, slots=True)
class ReferenceAccount:
    """A variable that the assignments of another one refer to; `value` is expanded."""

    name: str
    defined: bool
    value: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class SpecificAccount:
    """A value that holds for one target, or for the targets that match a pattern."""

    target: str
    assignment: AssignmentAccount


@dataclass(frozen=True, slots=True)
class VariableAccount:
    """A variable at the end of an evaluation.

    `value` is expanded, outside of any rule; `problem` is why it cannot be expanded, "" as a rule.
    `handed_on` is the account of the evaluation that passed the variable to this one.
    """

    name: str
    value: str
    raw: str
    flavor: Flavor
    origin: Origin
    exported: bool
    assignments: tuple[AssignmentAccount, ...]
    references: tuple[ReferenceAccount, ...]
    specific: tuple[SpecificAccount, ...] = ()
    problem: str = ""
    handed_on: VariableAccount | None = None


class WatchedEvaluation(Evaluation):
    """An evaluation that notes all assignments of global variables, including those without effect.

    `missed` are the names of undefined variables that were referred to.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.attempts: dict[str, list[tuple[Assignment, Effect]]] = {}
        self.missed: dict[str, None] = {}
        super().__init__(*arguments, **options)

    def define(
        self,
        name: str,
        operator: str,
        value: Text,
        origin: Origin,
        *,
        line: int = 0,
        defined: bool = False,
        scope: dict[str, Variable] | None = None,
        **options: Any,
    ) -> Variable | None:
        """Carry out and note one assignment."""
        found = super().define(
            name, operator, value, origin, line=line, defined=defined, scope=scope, **options
        )
        if scope is None:
            effect = Effect.COUNTS
            if found is None:
                old = self.globals.get(name)
                weaker = old is not None and old.origin > origin
                effect = Effect.WEAKER if weaker else Effect.SET_ALREADY
            shown = "define" if defined and operator == "=" else operator
            source = self.source if line else None
            self._note(name, Assignment(shown, value.raw, origin, source, line), effect)
        return found

    def undefine(self, name: str, origin: Origin) -> None:
        """Forget a variable, and note where."""
        super().undefine(name, origin)
        effect = Effect.WEAKER if name in self.globals else Effect.COUNTS
        self._note(name, Assignment(UNDEFINE, "", origin, self.source, self.line), effect)

    def undefined(self, name: str) -> str:
        """Return what a reference to an undefined variable gives, and note it."""
        self.missed.setdefault(name)
        return super().undefined(name)

    def _note(self, name: str, assignment: Assignment, effect: Effect) -> None:
        before = self.attempts.setdefault(name, [])
        if effect is Effect.COUNTS and assignment.operator != "+=":
            before[:] = [
                (one, Effect.REPLACED if was is Effect.COUNTS else was) for one, was in before
            ]
        before.append((assignment, effect))


def explain_variable(ev: Evaluation, name: str) -> VariableAccount | None:
    """Return the explanation of variable `name`; None when there is no such variable.

    With a `WatchedEvaluation`, it includes assignments without effect.
    """
    found = ev.find(name)
    if found is None:
        return None
    value, problem = "", ""
    try:
        value = ev.value(name)
    except MakefileError as error:
        problem = str(error)
    assignments = tuple(_assignments(ev, found))
    return VariableAccount(
        name,
        value,
        found.value,
        found.flavor,
        found.origin,
        found.export is Export.YES or (ev.export_all and found.export is not Export.NO),
        assignments,
        tuple(_references(ev, found, assignments)),
        tuple(_specific(ev, name)),
        problem,
    )


def assignment_account(one: Assignment, effect: Effect = Effect.COUNTS) -> AssignmentAccount:
    """Return the account of one assignment."""
    return AssignmentAccount(one.operator, one.value, one.origin, effect, one.location, one.trail)


def _assignments(ev: Evaluation, variable: Variable) -> Iterator[AssignmentAccount]:
    noted = ev.attempts.get(variable.name, []) if isinstance(ev, WatchedEvaluation) else []
    told = noted or [(one, Effect.COUNTS) for one in variable.history]
    base = [one for one, effect in told if effect is Effect.COUNTS and one.operator != "+="]
    outside = variable.name in ev.environ and not base
    if outside or not told:
        value = ev.environ[variable.name] if outside else variable.value
        origin = Origin.ENVIRONMENT if outside else variable.origin
        yield AssignmentAccount("", value, origin, Effect.COUNTS)
    for one, effect in told:
        yield assignment_account(one, effect)


def _references(
    ev: Evaluation, variable: Variable, assignments: tuple[AssignmentAccount, ...]
) -> Iterator[ReferenceAccount]:
    raws = [one.value for one in assignments if one.effect is Effect.COUNTS] or [variable.value]
    names = dict.fromkeys(name for raw in raws for name in references(raw))
    for name in names:
        found = ev.find(name)
        if name == variable.name:
            continue
        if found is None:
            yield ReferenceAccount(name, False)
            continue
        try:
            value = ev.value(name)
        except MakefileError as error:
            value = f"({error.message})"
        yield ReferenceAccount(name, True, value, found.location)


def _specific(ev: Evaluation, name: str) -> Iterator[SpecificAccount]:
    for target in ev.rules.targets.values():
        found = (target.variables or {}).get(name)
        for one in found.history if found else ():
            yield SpecificAccount(target.name, assignment_account(one))
    for entry in ev.rules.pattern_variables:
        if entry.name == name:
            history = entry.assignment.history or [
                Assignment(entry.operator, entry.value.raw, entry.assignment.origin, None, 0)
            ]
            for one in history:
                yield SpecificAccount(entry.pattern, assignment_account(one))
