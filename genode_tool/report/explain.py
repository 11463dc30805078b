"""Renders the accounts of `genode explain` as lines and as plain data for JSON."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from genode_tool.building.ask.explain import Cause, StepAccount
from genode_tool.building.ask.leaf_account import LeafAccount
from genode_tool.errors import Diagnostic, Location, Severity
from genode_tool.makefile.explain.accounts import (
    CandidateAccount,
    InputAccount,
    RuleKind,
    TargetAccount,
)
from genode_tool.makefile.explain.variable import (
    AssignmentAccount,
    Effect,
    ReferenceAccount,
    VariableAccount,
)
from genode_tool.report.diagnostic import diagnostic_lines, severity_word
from genode_tool.report.terminal import Terminal

_LABEL = 11
_SHORT = 100
_FEW = 4


def place(location: Location | None) -> str:
    """Return a place as text, relative to the current directory when it lies below."""
    return str(_relative(location)) if location else ""


def _relative(location: Location) -> Location:
    try:
        file = str(Path(location.file).relative_to(Path.cwd()))
    except ValueError:
        return location
    return dataclasses.replace(location, file=file)


def variable_lines(account: VariableAccount, screen: Terminal) -> Iterator[str]:
    """Yield the lines that explain how a variable got its value."""
    yield screen.paint(account.name, "bold")
    if account.problem:
        yield _row("value", screen.paint(account.problem, "red"))
    else:
        yield from _rows("value", account.value.split("\n"))
    exported = ", exported" if account.exported else ""
    yield _row("flavor", f"{account.flavor.value}, origin: {account.origin.text}{exported}")
    yield "  assignments"
    for one in account.assignments:
        yield from _assignment(one, screen)
    if account.handed_on is not None:
        yield "  set in the environment by the configuration"
        for one in account.handed_on.assignments:
            yield from _assignment(one, screen)
    if account.specific:
        yield "  for some targets only"
        for special in account.specific:
            one = special.assignment
            yield f"    {special.target}: {one.operator} {one.value}  {_dim(one.location, screen)}"
    if account.references:
        yield "  refers to"
        yield from (_reference(one, screen) for one in account.references)


def _assignment(one: AssignmentAccount, screen: Terminal) -> Iterator[str]:
    first, *more = one.value.split("\n")
    if one.location is None:
        yield f"    ({one.origin.text})  {one.operator} {first}".rstrip()
    else:
        yield f"    {place(one.location)}"
        yield f"      {one.operator} {first}".rstrip()
    yield from (f"        {line}" for line in more)
    if one.effect is not Effect.COUNTS:
        yield f"      {screen.paint(one.effect.value, 'yellow')}"
    for entry in one.trail:
        yield f"      {screen.paint(_shortened(entry), 'dim')}"


def _path(path: str) -> str:
    """Return a path relative to the current directory when it lies below."""
    return place(Location(path))


def _shortened(entry: str) -> str:
    """Return an entry of a trail with its path relative to the current directory."""
    return entry.replace(f"{Path.cwd()}/", "")


def _reference(one: ReferenceAccount, screen: Terminal) -> str:
    if not one.defined:
        return f"    {one.name}  {screen.paint('undefined', 'yellow')}"
    value = one.value.replace("\n", " ")
    shown = value if len(value) <= _SHORT else f"{value[:_SHORT]}…"
    return f"    {one.name} = {shown}  {_dim(one.location, screen)}".rstrip()


def _dim(location: Location | None, screen: Terminal) -> str:
    return screen.paint(place(location), "dim")


def _row(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{text}".rstrip()


def _rows(label: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield _row(label, text)
        label = ""


def target_lines(
    account: TargetAccount, step: StepAccount | None, screen: Terminal
) -> Iterator[str]:
    """Yield the lines that explain how a target is made, and whether it would be made now."""
    yield screen.paint(account.name, "bold") + (" (phony)" if account.phony else "")
    yield from _rows("made by", _made_by(account))
    if len(account.outputs) > 1:
        yield _row("with", " ".join(one for one in account.outputs if one != account.name))
    own = [one for one in account.rules if one.location != account.location]
    if own:
        yield "  named by further rules"
        for rule in own:
            yield f"    {place(rule.location)}  {_few(rule.prerequisites)}".rstrip()
    yield from _candidate_lines(account.candidates, screen)
    yield from _input_lines("inputs", account.inputs, screen)
    yield from _input_lines("order-only", account.order_only, screen)
    if account.variables:
        yield "  variables of this target"
        for one in account.variables:
            yield f"    {one.name} = {one.value}  {_dim(one.location, screen)}"
    if account.commands:
        yield "  recipe"
        for command in account.commands:
            prefix = "@" * command.silent + "-" * command.ignore + "+" * command.always
            yield f"    {prefix}{command.text}".replace("\n", "\n    ")
    if account.undefined:
        yield _row("undefined", " ".join(account.undefined))
    for warning in account.warnings:
        yield f"  {severity_word(Severity.WARNING, screen.paint)}: {_shortened(warning)}"
    if account.needed_by:
        yield _row("needed by", " ".join(account.needed_by))
    if step is not None:
        yield from _step_lines(step, screen)


def _few(names: Sequence[str]) -> str:
    shown = " ".join(_path(name) for name in names[:_FEW])
    more = len(names) - _FEW
    return f"{shown} and {more} more" if more > 0 else shown


def _made_by(account: TargetAccount) -> Iterator[str]:
    if account.kind in (RuleKind.SOURCE, RuleKind.NONE):
        yield account.kind.value
        return
    pattern = f" {account.pattern}" if account.pattern else ""
    stem = f", stem `{account.stem}`" if account.stem else ""
    where = f" at {place(account.location)}" if account.location else ""
    yield f"{account.kind.value}{pattern}{where}{stem}"


def _candidate_lines(candidates: Sequence[CandidateAccount], screen: Terminal) -> Iterator[str]:
    if not candidates:
        return
    yield "  pattern rules that match"
    for one in candidates:
        rule = f"{one.pattern}: {' '.join(one.prerequisites)}".rstrip()
        verdict = screen.paint("chosen", "green") if one.chosen else one.why
        yield f"    {rule}  {_dim(one.location, screen)}"
        yield f"      {verdict}"
        for check in one.checks:
            if len(check.searched) > 1:
                yield from (f"        no {_path(where)}" for where in check.searched)


def _input_lines(label: str, inputs: Sequence[InputAccount], screen: Terminal) -> Iterator[str]:
    if not inputs:
        return
    yield f"  {label}"
    for one in inputs:
        found = ""
        if one.found_by:
            where = f" at {place(one.location)}" if one.location else ""
            found = f" found as {_path(one.path)} by {one.found_by}{where}"
        state = "" if one.exists else screen.paint(" (not there, nothing makes it)", "red")
        yield f"    {one.name}{found}{' (made)' if one.made else state}"


def _step_lines(step: StepAccount, screen: Terminal) -> Iterator[str]:
    took = f", took {step.seconds:.2f} s the last time" if step.seconds is not None else ""
    yield _row("step", f"{step.node}{took}")
    if not step.reasons:
        yield _row("would run", screen.paint("no, it is up to date", "green"))
        return
    for number, reason in enumerate(step.reasons):
        text = f"{reason.cause.value}{f': {reason.subject}' if reason.subject else ''}"
        yield _row("would run" if not number else "", f"yes: {text}")
        if reason.cause is Cause.COMMAND:
            yield from _rows("", (f"  now also  {word}" for word in step.added))
            yield from _rows("", (f"  no more   {word}" for word in step.removed))


def warning_lines(warnings: Iterable[Diagnostic], screen: Terminal) -> Iterator[str]:
    """Yield the lines for what an evaluation warns of."""
    for one in warnings:
        location = _relative(one.location) if one.location else None
        yield from diagnostic_lines(dataclasses.replace(one, location=location), screen.paint)


def as_data(value: Any) -> Any:
    """Return an account as plain data: enums by name, places as file, line and column."""
    if isinstance(value, Location):
        return {"file": value.file, "line": value.line, "column": value.column}
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: as_data(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): as_data(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_data(one) for one in value]
    return value


def account_lines(found: LeafAccount, screen: Terminal) -> Iterator[str]:
    """Yield the lines of an account."""
    if found.variable is not None:
        yield from variable_lines(found.variable, screen)
        for one in found.behind:
            yield ""
            yield from variable_lines(one, screen)
    if found.target is not None:
        yield from target_lines(found.target, found.step, screen)
    if found.variable is None and found.target is None:
        leaf = found.leaf
        yield screen.paint(leaf.label, "bold")
        yield f"  description  {_path(leaf.description)}"
        yield f"  makefile     {_path(leaf.makefile)}"
        yield f"  directory    {_path(leaf.directory)}"
        yield "  variables of the call"
        yield from (f"    {name} = {value}" for name, value in leaf.variables)
        yield "  makes"
        yield from (f"    {name}" for name in found.targets)
        yield from warning_lines(found.warnings, screen)


def account_data(found: LeafAccount) -> dict[str, Any]:
    """Return an account as plain data."""
    leaf = found.leaf
    return {
        "leaf": {
            "label": leaf.label,
            "kind": leaf.id.kind.value,
            "name": leaf.id.name,
            "description": leaf.description,
            "makefile": leaf.makefile,
            "directory": leaf.directory,
            "variables": dict(leaf.variables),
        },
        "variable": as_data(found.variable),
        "behind": as_data(found.behind),
        "target": as_data(found.target),
        "step": as_data(found.step),
        "targets": list(found.targets),
        "warnings": as_data(found.warnings),
    }
