"""Third-party code of trees before 14.05, which have no descriptions of ports.

A package `NAME` is described by `ports/NAME.mk` of its repository and unpacked into `contrib`
there; its version and directory stand in `ports/NAME.inc`, which descriptions include.
"""

from __future__ import annotations

from genode_tool.building.graph.model import Leaf
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import Location

_PREPARE = "genode prepare"


def unprepared_package(leaf: Leaf, makefiles: str, scope: EvaluationScope) -> Problem | None:
    """Return the problem that a leaf lacks files because a package of it is not prepared.

    `makefiles` is its MAKEFILE_LIST. None when it uses no package, or all are unpacked.
    """
    for path in dict.fromkeys(makefiles.split()):
        directory, _, file = path.rpartition("/")
        repository, name = directory.removesuffix("/ports"), file.removesuffix(".inc")
        if repository == directory or name == file or scope.stat(f"{directory}/{name}.mk") is None:
            continue
        unpacked = scope.listdir(f"{repository}/contrib") or ()
        if any(one.startswith(name) for one in unpacked):
            continue
        return Problem.of(
            Trouble.PORT,
            name,
            f"the third-party code of package `{name}` is not prepared",
            Location(leaf.description) if leaf.description else None,
            (name, leaf.label),
            hint=f"{_PREPARE} {name}",
            remedy=_PREPARE,
        )
    return None
