"""Running plans with make's semantics: what is out of date, in which order, with which output.

GNU make manual, "How to Run `make`", "Writing Recipes in Rules", "Recursive Use of `make`".
`python -m genode_tool.makefile` is the front end; `run_make` is the same from Python.
"""

from __future__ import annotations

from genode_tool.makefile.executor.frontend import run_make
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.run import Run
from genode_tool.makefile.executor.runner import Outcome, Runner

__all__ = ["Options", "Outcome", "Run", "Runner", "run_make"]
