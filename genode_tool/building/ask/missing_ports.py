"""The ports that the last build in a build directory needed and did not find."""

from __future__ import annotations

from pathlib import Path

from genode_tool.building.memory.plan_cache import PlanCache
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import UserError


def missing_ports(build_dir: Path) -> tuple[str, ...]:
    """Return their names, sorted.

    Raises `UserError` when `build_dir` is not a build directory, or nothing was built there.
    """
    if not (build_dir / "etc/build.conf").is_file():
        raise UserError(
            f"--all-missing means the last build, but {build_dir} is not a build directory",
            hint="change to the build directory, or name it with BUILD_DIR=DIR",
        )
    last = PlanCache(MemoryStore.of(build_dir)).last()
    if last is None:
        raise UserError(
            f"nothing has been built in {build_dir} yet",
            hint="run `genode make` first; it reports missing ports",
        )
    problems = (Problem.from_data(data) for data in last.problems)
    return tuple(sorted({one.subject for one in problems if one.trouble is Trouble.PORT}))
