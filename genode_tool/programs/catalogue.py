"""The external programs, as the settings list them (`etc/programs.toml`)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean
from genode_tool.programs.distribution import package_on_host
from genode_tool.programs.gcc import NATIVE, gcc_major
from genode_tool.programs.kinds import Feature, Program
from genode_tool.settings.layered import LayeredSettings, settings_of
from genode_tool.settings.schema.program_kinds import Machine

if TYPE_CHECKING:
    from genode_tool.settings.schema.programs import ProgramEntry


def all_programs() -> tuple[Program, ...]:
    """Return all programs, in the order of the settings.

    Raises `UserError` for a mistake in the settings.
    """
    return _programs_of(settings_of())


def needed(feature: Feature, machines: Iterable[Machine] = ()) -> tuple[Program, ...]:
    """Return the programs that `feature` requires on any of `machines`."""
    wanted = set(machines)
    return tuple(
        program
        for program in all_programs()
        if program.feature in feature.rests_on
        and (
            wanted & set(program.machines)
            if program.machines
            else program.required or (program.for_tests and feature is Feature.TEST)
        )
    )


def packages_of(programs: Iterable[Program]) -> tuple[str, ...]:
    """Return the packages that contain `programs`, each once, in order."""
    return tuple(dict.fromkeys(program.package for program in programs))


def program(name: str) -> Program | None:
    """Return the program `name`, None when it is not listed."""
    return next((one for one in all_programs() if one.name == name), None)


def names_of(name: str) -> tuple[str, ...]:
    """Return the names of a program: `name`, then those on other distributions."""
    groups = settings_of().programs.programs.values()
    listed = next((entries[name] for entries in groups if name in entries), None)
    # Names that contain a version are found by that, which nobody knows yet.
    others = listed.alternatives if listed else ()
    return (name, *(one for one in others if "{" not in one))


@cache
def _programs_of(settings: LayeredSettings) -> tuple[Program, ...]:
    found = settings.programs.programs
    features = {feature.key: feature for feature in Feature}
    # A file of the user may name a feature that does not exist; its programs would be ignored.
    unknown = next((key for key in found if key not in features), None)
    if unknown is not None:
        raise UserError(
            f"no such feature: `programs.{unknown}`",
            location=settings.location("programs", ("programs", unknown)),
            hint=did_you_mean(unknown, features),
        )
    return tuple(
        _program(features[key], name, one)
        for key, entries in found.items()
        for name, one in entries.items()
    )


def _program(feature: Feature, name: str, entry: ProgramEntry) -> Program:
    package, owner = package_on_host(entry.packages)
    words = (name, package, *entry.alternatives)
    if any("{gcc}" in word for word in words):
        gcc = gcc_major(*names_of(entry.compiler or NATIVE))
        name, package, *alternatives = (word.format(gcc=gcc) for word in words)
    else:
        alternatives = list(entry.alternatives)
    return Program(
        name,
        package,
        feature,
        entry.purpose,
        entry.kind,
        entry.machines,
        entry.required,
        entry.for_tests,
        entry.version_argument,
        owner,
        tuple(alternatives),
    )
