"""The resolution of goals to descriptions: `target.mk` files and libraries."""

from __future__ import annotations

import fnmatch
import os
import posixpath
from collections.abc import Iterator

from genode_tool.building.graph.descriptions import library_directories, symbol_directories
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.errors import UserError
from genode_tool.makefile import Kind
from genode_tool.nearest import did_you_mean
from genode_tool.record import record


@record
class ResolvedGoals:
    """The targets of some goals, sorted: (repository, directory below `src`), and libraries."""

    programs: tuple[tuple[str, str], ...]
    libraries: tuple[str, ...]


def resolve_goals(ctx: EvaluationContext, goals: tuple[str, ...]) -> ResolvedGoals:
    """Return the programs and libraries that `goals` name; no goals mean everything.

    `lib/NAME` is a library; in trees without goals for libraries, a directory of that name comes
    first. A program in an earlier repository hides one in the same directory of a later repository.
    Raises `UserError` with the nearest names for a goal that does not exist.
    """
    scope = ctx.scope
    if not goals:
        # In older trees everything means all programs and the libraries that they use.
        libraries = _libraries(ctx, scope) if ctx.layout.library_goals else ()
        return ResolvedGoals(_programs(ctx, scope, ""), tuple(sorted(libraries)))
    programs: dict[str, str] = {}
    named = []
    for goal in goals:
        is_library = goal.startswith("lib/")
        found: tuple[tuple[str, str], ...] = ()
        # In trees without such goals, `lib/ld/linux` is a directory below `src` like any other.
        if not is_library or not ctx.layout.library_goals:
            found = _programs(ctx, scope, _directory_of(goal))
        if is_library and not found:
            name = goal.removeprefix("lib/")
            _check_library(ctx, scope, name)
            named.append(name)
            continue
        if not found:
            raise _unknown(ctx, scope, goal)
        programs.update({name: repository for repository, name in found})
    return ResolvedGoals(
        tuple((repository, name) for name, repository in sorted(programs.items())),
        tuple(sorted(dict.fromkeys(named))),
    )


def _directory_of(goal: str) -> str:
    """Return the one name of the directory below `src` that `goal` means.

    `./test//log/` is `test/log`, so that a program has one place in the build directory.
    """
    directory = posixpath.normpath(goal).strip("/")
    if not goal or directory == ".." or directory.startswith("../"):
        raise UserError(
            f"`{goal}` is not a goal: it is outside of `src`" if goal else "a goal is empty",
            hint="goals are directories below src/, lib/NAME, run/NAME, or none for everything",
        )
    return "" if directory == "." else directory


def _programs(
    ctx: EvaluationContext, scope: EvaluationScope, goal: str
) -> tuple[tuple[str, str], ...]:
    """Return the programs in directory `goal` below `src` and its sub-directories."""
    found: dict[str, str] = {}
    for repository in ctx.settings.repositories:
        for start in _expand(scope, f"{repository}/src", goal):
            for directory in _walk(scope, f"{repository}/src/{start}".rstrip("/")):
                name = directory.removeprefix(f"{repository}/src").lstrip("/")
                _check_name(repository, name)
                found.setdefault(name, repository)
    return tuple((repository, name) for name, repository in sorted(found.items()))


def _check_name(repository: str, name: str) -> None:
    """Raise `UserError` for a directory that makefiles cannot name."""
    if name.isascii() and not any(char.isspace() for char in name):
        return
    path = f"{repository}/src/{name}"
    if any(char.isspace() for char in name):
        raise UserError(
            f"`{path}` has a target.mk, but a blank in its name, which makefiles cannot handle",
            hint="rename the directory",
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        raise UserError(
            f"`{shown}` has a target.mk, but its name is not UTF-8", hint="rename the directory"
        ) from None


def _expand(scope: EvaluationScope, source: str, goal: str) -> Iterator[str]:
    """Return the directories below `source` that the pattern `goal` means."""
    if not any(char in goal for char in "*?["):
        yield goal
        return
    starts = [""]
    for part in goal.split("/"):
        starts = [
            f"{start}/{name}".lstrip("/")
            for start in starts
            for name in fnmatch.filter(scope.listdir(f"{source}/{start}") or (), part)
        ]
    yield from starts


def _walk(scope: EvaluationScope, directory: str) -> Iterator[str]:
    """Return the directories at and below `directory` with a `target.mk`."""
    names = scope.listdir(directory)
    if names is None:
        return
    if "target.mk" in names:
        yield directory
    for name in names:
        # A name with such a suffix is hardly ever a directory: asking costs a system call each.
        if name.endswith(_FILE_SUFFIXES):
            continue
        found = scope.stat(f"{directory}/{name}")
        if found is None or found.kind is not Kind.DIRECTORY:
            continue
        # Only below a link to a directory above does a name recur without end.
        if f"/{name}/" in f"{directory}/" and _is_above(scope, f"{directory}/{name}"):
            continue
        yield from _walk(scope, f"{directory}/{name}")


def _is_above(scope: EvaluationScope, path: str) -> bool:
    """Return whether `path` leads, through symbolic links, to a directory above itself."""
    real = scope.realpath(path)
    above = path
    while above := above.rpartition("/")[0]:
        if scope.realpath(above) == real:
            return True
    return False


_FILE_SUFFIXES = (".cc", ".h", ".c", ".s", ".S", ".mk", ".inc", ".xsd", ".hsd", ".cpp", ".adb")


def _libraries(ctx: EvaluationContext, scope: EvaluationScope) -> set[str]:
    found = set()
    for directory, _ in library_directories(ctx):
        for name in scope.listdir(directory) or ():
            if name.endswith(".mk"):
                found.add(name.removesuffix(".mk"))
    return found


def _symbol_files(ctx: EvaluationContext, scope: EvaluationScope) -> set[str]:
    found: set[str] = set()
    for directory in symbol_directories(ctx):
        found.update(scope.listdir(directory) or ())
    return found


def _check_library(ctx: EvaluationContext, scope: EvaluationScope, name: str) -> None:
    known = _libraries(ctx, scope) | (
        _symbol_files(ctx, scope) if ctx.layout.symbols_suffice else set()
    )
    if name not in known:
        raise UserError(
            f"no such library in any repository: `{name}`",
            hint=did_you_mean(name, known) or "libraries are the files in lib/mk/",
        )


def _unknown(ctx: EvaluationContext, scope: EvaluationScope, goal: str) -> UserError:
    known = {name for _, name in _programs(ctx, scope, "")}
    directories = {
        "/".join(parts[:count])
        for parts in (name.split("/") for name in known)
        for count in range(1, len(parts) + 1)
    }
    libraries = _libraries(ctx, scope)
    if goal in libraries:
        hint = f"did you mean the library `lib/{goal}`?"
    else:
        hint = did_you_mean(goal, directories) or "targets are directories below src/"
    return UserError(f"no such target in any repository: `src/{goal}`", hint=hint)
