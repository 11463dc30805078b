"""Finds run scripts by name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean

_SUFFIXES = (".run", ".run.py")


def find_scenario(repositories: Iterable[Path], name: str) -> Path:
    """Return the script of a scenario, from the first repository that has it.

    `name` may carry the prefix `run/`, as it is written for make. Raises `UserError` with the
    nearest names when no repository has it.
    """
    listed = tuple(repositories)
    short = name.removeprefix("run/")
    _check(short)
    for repository in listed:
        for suffix in _SUFFIXES:
            path = repository / "run" / (short + suffix)
            if path.is_file():
                return path
    known = all_scenarios(listed)
    file = Path(short).name
    stem = next((file.removesuffix(one) for one in _SUFFIXES if file.endswith(one)), "")
    elsewhere = _in_other_repositories(listed, short)
    if elsewhere:
        hint = f"{elsewhere} is in a repository that is off in etc/build.conf"
    elif stem in known:
        hint = f"scenarios are named without directory and suffix: `{stem}`"
    elif guess := did_you_mean(stem or short, known):
        hint = guess
    elif known:
        hint = f"there are {len(known)} scenarios, for example {', '.join(known[:5])}"
    else:
        hint = "none of the repositories has run scripts: " + ", ".join(map(str, listed))
    raise UserError(f'no scenario is called "{short}"', hint=hint)


def _in_other_repositories(listed: Iterable[Path], short: str) -> Path | None:
    """Return the script of a repository that lies beside the `listed` ones."""
    for directory in dict.fromkeys(one.parent for one in listed):
        for path in sorted(directory.glob("*/run")):
            for suffix in _SUFFIXES:
                if (path / (short + suffix)).is_file():
                    return path / (short + suffix)
    return None


def _check(name: str) -> None:
    """Refuse a name that would lead out of the directories of scripts and records."""
    if name.startswith("/") or ".." in name.split("/"):
        raise UserError(
            f'"{name}" is not the name of a scenario',
            hint="a scenario is named by its file below a repository's run/, without `.run`",
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode(errors="backslashreplace")
        raise UserError(
            f'the name of scenario "{shown}" is not UTF-8', hint="rename its script"
        ) from None


def all_scenarios(repositories: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of all scenarios, sorted, each once."""
    names = {
        path.name.removesuffix(suffix)
        for repository in repositories
        for suffix in _SUFFIXES
        for path in (repository / "run").glob(f"*{suffix}")
        if path.is_file()
    }
    return tuple(sorted(names))
