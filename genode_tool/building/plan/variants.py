"""One build for several kernels: leaves that differ by a kernel's header directory alone.

A tree puts the include directory of the selected kernel's repository on every command line,
also of programs that run on all kernels. When such a leaf was built for one kernel, and nothing
it read lies in a kernel's repository, it is taken as it is for the other kernels: its commands
stay those of the kernel that it was built for first. A leaf that did read such a header is
rebuilt whenever the kernel changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from genode_tool.building.ninja.runner import ninja_program
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.process import run, scrubbed_environment


class Variants:
    """Compares plans of one leaf for several kernels.

    `repository_dir` holds the kernels' repositories `base-<kernel>`.
    """

    def __init__(self, build_dir: str, repository_dir: str) -> None:
        self._build_dir = Path(build_dir)
        self._inside = f"{repository_dir}/base-"
        self._flag = re.compile(rf"\s+-I{re.escape(self._inside)}[^/\s]+(/\S*)?(?=\s|\Z)")
        self._known: dict[str, bool] | None = None

    def agree(self, mine: LeafPlan, others: Iterable[LeafPlan]) -> LeafPlan:
        """Return the plan to use for all kernels: one of `others`, or `mine`."""
        wanted = None
        for other in others:
            if other.edges == mine.edges:
                return mine
            wanted = wanted or self._neutral(mine)
            if self._neutral(other) == wanted and self._reads_no_kernel(other):
                return replace(mine, edges=other.edges, compiles=other.compiles)
        return mine

    def _neutral(self, plan: LeafPlan) -> tuple[object, ...]:
        edges = tuple(
            (edge.outputs, edge.inputs, self._flag.sub("", edge.command)) for edge in plan.edges
        )
        return (edges, plan.goal, plan.links, plan.artifacts)

    def _reads_no_kernel(self, plan: LeafPlan) -> bool:
        """Return whether all compiled files of a plan are built, from generic sources alone."""
        if self._known is None:
            self._known = self._recorded()
        known = self._known
        for edge in plan.edges:
            if any(name.startswith(self._inside) for name in edge.inputs):
                return False
            if edge.depfile and not known.get(edge.outputs[0], False):
                return False
        return True

    def _recorded(self) -> dict[str, bool]:
        """Return, for each output that ninja has dependencies of, whether all are generic."""
        if not (self._build_dir / "var/genode/build.ninja").is_file():
            return {}
        argv = [ninja_program(), "-f", "var/genode/build.ninja", "-t", "deps"]
        done = run(argv, cwd=self._build_dir, env=scrubbed_environment(), timeout=120)
        found: dict[str, bool] = {}
        output = ""
        for line in done.stdout.decode(errors="replace").splitlines():
            if line.startswith("    "):
                if line.strip().startswith(self._inside):
                    found[output] = False
            elif ": #deps" in line:
                output = line.partition(": #deps")[0]
                found[output] = line.endswith("(VALID)")
        return found
