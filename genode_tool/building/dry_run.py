"""What a build would do, without doing it: no file of the build directory changes.

Nothing is locked either, so a build may be at work meanwhile. The ninja file, and ninja's log as
the next build would amend it, are copies in a scratch directory. A directory appears where a
makefile calls a shell: it is where the shell runs.
"""

from __future__ import annotations

import os
from pathlib import Path

from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import BuildPlan, PlanCache, call_key
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.ninja.incremental import forecast
from genode_tool.building.ninja.runner import NinjaOutcome, run_ninja
from genode_tool.building.ninja.syntax import MANIFEST, within
from genode_tool.events import Sink
from genode_tool.scratch import scratch_directory
from genode_tool.tree import BuildDirectory
from genode_tool.tree.compiler_launcher import launcher_environment


def foreseen_plan(
    build_dir: BuildDirectory, goals: tuple[str, ...], sink: Sink, *, keep_going: bool
) -> tuple[BuildPlan, str]:
    """Return what a build of `goals` would plan, and the text of its ninja file.

    Raises `GenodeError` as a build does.
    """
    plans = PlanCache(MemoryStore.of(build_dir.path))
    if "again" in goals:
        return plans.repeated(goals), _manifest(build_dir.path)
    observatory = Observatory.of(build_dir)
    asked = (*goals, "--keep-going") if keep_going else goals
    key = call_key(asked, build_dir.overrides, build_dir.environment)
    if (cached := plans.find(key, observatory)) and cached[0].is_written(build_dir.path):
        return cached[0], _manifest(build_dir.path)
    from genode_tool.building.plan.planner import foresee_build  # slow to import

    return foresee_build(build_dir, goals, observatory, sink, keep_going=keep_going)


def foresee_steps(
    build_dir: Path,
    plan: BuildPlan,
    manifest: str,
    sink: Sink,
    *,
    jobs: int,
    keep_going: bool,
) -> NinjaOutcome:
    """Report each step that a build would run; its command is printed as with `--verbose`."""
    environment = {**dict(plan.environment), **launcher_environment(plan.launcher, os.environ)}
    with scratch_directory("make") as scratch:
        forecast(build_dir, scratch)
        (scratch / "build.ninja").write_text(
            within(str(scratch), manifest), errors="surrogateescape"
        )
        return run_ninja(
            build_dir,
            plan.targets,
            environment,
            sink,
            jobs=jobs,
            keep_going=keep_going,
            manifest=scratch / "build.ninja",
        )


def _manifest(build_dir: Path) -> str:
    try:
        return (build_dir / MANIFEST).read_text(errors="surrogateescape")
    except OSError:
        return ""
