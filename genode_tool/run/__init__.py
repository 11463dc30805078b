"""Runs scenarios: run scripts that build a system, boot it, and look at what it prints.

`run_scenarios(build_dir, names, options, sink)` is the way in. The rooms, from top to bottom:

- `engine/` runs and plans scenarios, one after the other or several at a time;
- `tcl/` and `python_frontend` execute scripts, `api/` holds the procedures that scripts call;
- `scenario/` is the state of one scenario while its script executes;
- `configuration/` checks what a script writes for init;
- `boot/` makes images for each kernel, `image/` disks and CDs of them;
- `machine/` starts systems, `console/` waits for their text, `record/` keeps what happened;
- `context/` is what a scenario runs in;
- `verdict`, `events`, `plan` and `options` are the values that go in and come out.

Verdicts of scenarios are returned, not raised; errors are raised when not even the scenarios'
names make sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genode_tool.events import Sink, discard
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from genode_tool.run.plan import Plan
    from genode_tool.run.terminal_bridge import UserSide
    from genode_tool.tree import BuildDirectory

__all__ = ["Outcome", "RunOptions", "Verdict", "plan_scenarios", "run_scenarios"]


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
    from genode_tool.run.context.tree_build import TreeBuild
    from genode_tool.run.engine.scenario_runner import run_all

    chosen = options or RunOptions()
    return run_all(TreeBuild(build_dir, chosen, sink), names, chosen, sink, user)


def plan_scenarios(
    build_dir: BuildDirectory,
    names: Sequence[str],
    options: RunOptions | None = None,
    sink: Sink = discard,
    *,
    artifacts: bool = False,
) -> list[tuple[Verdict, Plan]]:
    """Follow run scripts without building, booting or changing anything.

    Returns, for each, how it ended and what it asks for. With `artifacts`, goals are evaluated
    to tell what `build_artifacts` stands for; without, it is taken for empty. Raises `UserError`
    for an unknown scenario.
    """
    from genode_tool.run.context.build_side import LightBuild
    from genode_tool.run.context.tree_build import TreeBuild
    from genode_tool.run.engine.scenario_planner import plan_all

    chosen = options or RunOptions()
    build = TreeBuild(build_dir, chosen, sink)
    return plan_all(build if artifacts else LightBuild(build), names, chosen, sink)
