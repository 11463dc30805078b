"""The Protocol that rules are written against: an evaluation with rules."""

from __future__ import annotations

from typing import Protocol

from genode_tool.makefile.rules.database import RuleDatabase
from genode_tool.makefile.variables.protocols import Evaluator


class RuleEvaluator(Evaluator, Protocol):
    """An evaluation with rules."""

    rules: RuleDatabase
