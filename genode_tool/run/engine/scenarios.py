"""The way in: scenarios of a build directory are run or planned."""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.events import Sink, discard
from genode_tool.run.context.build_side import LightBuild
from genode_tool.run.context.tree_build import TreeBuild
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.engine.scenario_runner import run_all
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.terminal_bridge import UserSide
from genode_tool.run.verdict import Verdict
from genode_tool.tree import BuildDirectory


def run_scenarios(
    build_dir: BuildDirectory,
    names: Sequence[str],
    options: RunOptions | None = None,
    sink: Sink = discard,
    user: UserSide | None = None,
) -> list[Verdict]:
    """Build, boot and judge scenarios in order; return a verdict for each.

    `user` is the terminal that systems and programs are joined to where that is asked for.
    Raises `UserError` for an unknown scenario, before any has started. Ctrl-C raises
    `KeyboardInterrupt` after the machine is gone and the verdict is written.
    """
    chosen = options or RunOptions()
    return run_all(TreeBuild(build_dir, chosen, sink), names, chosen, sink, user)


def plan_scenarios(
    build_dir: BuildDirectory,
    names: Sequence[str],
    options: RunOptions | None = None,
    sink: Sink = discard,
    *,
    artifacts: bool = False,
) -> list[tuple[Verdict, ScenarioPlan]]:
    """Follow run scripts without building, booting or changing anything.

    Returns, for each, how it ended and what it asks for. With `artifacts`, goals are evaluated
    for the content of `build_artifacts`; without, that is taken for empty. Raises `UserError`
    for an unknown scenario.
    """
    chosen = options or RunOptions()
    build = TreeBuild(build_dir, chosen, sink)
    return plan_all(build if artifacts else LightBuild(build), names, chosen, sink)
