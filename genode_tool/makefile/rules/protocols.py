"""What rules ask of an evaluation: what variables ask, and the rules themselves."""

from __future__ import annotations

from typing import Protocol

from genode_tool.makefile.rules.database import RuleDatabase
from genode_tool.makefile.variables.protocols import Evaluator


class RuleEvaluator(Evaluator, Protocol):
    """An evaluation with rules."""

    rules: RuleDatabase
