"""A function of the make language: its name, the number of its arguments, and what it does."""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.makefile.reading.text import Expand, Text
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.record import record

Run = Callable[[Evaluator, list[str]], str]
Build = Callable[[list[Text]], Expand]


@record
class Function:
    """A function with at least `least` and at most `most` arguments (0: any number).

    Either `run` is given, for expanded arguments, or `build`, for a function that decides itself
    what to expand: it turns the arguments of one call, once, into a function of an evaluation.
    """

    name: str
    least: int
    most: int
    run: Run | None = None
    build: Build | None = None
