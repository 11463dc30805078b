"""The prepared ports behind goals: the contrib directories that their steps name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from genode_tool.building.ask.goal_graph import goal_graph
from genode_tool.building.plan.stage2 import Stage2
from genode_tool.building.problems import Trouble
from genode_tool.errors import UserError
from genode_tool.tree import BuildDirectory


def contrib_use(build_dir: BuildDirectory, goals: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for each directory `NAME-HASH` of the contrib directory the leaves that use it.

    A leaf uses what the inputs and commands of its steps name, include paths among them.
    Nothing is built. Raises `UserError` for ports that are missing and for unknown goals.
    """
    query = goal_graph(build_dir, goals)
    missing = sorted({p.subject for p in query.graph.problems if p.trouble is Trouble.PORT})
    if missing:
        raise UserError(
            f"ports not prepared or outdated: {', '.join(missing)}",
            hint=f"run `genode prepare {' '.join(missing)}`",
        )
    plans = Stage2(query.ctx, query.graph).run()
    contrib = re.escape(query.ctx.settings.contrib_dir.rstrip("/"))
    pattern = re.compile(rf"{contrib}/([^/\s:'\"]+-[0-9a-f]{{40}})(?=[/\s'\":]|$)")
    found: dict[str, set[str]] = {}
    for leaf, plan in plans.items():
        for edge in plan.edges:
            for text in (edge.command, *edge.inputs, *edge.order_only):
                for name in pattern.findall(text):
                    found.setdefault(name, set()).add(leaf.name)
    return {name: tuple(sorted(users)) for name, users in sorted(found.items())}
