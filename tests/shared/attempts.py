"""How many attempts to get out, to leave something behind or to mislead have run, by their kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_PLACE = "tests/attack/"


def line(passed: Iterable[str], failed: Iterable[str]) -> str | None:
    """Return a line on the attacks among the tests that passed and failed, by their node ids.

    Each test in `tests/attack` is one attempt. None when there was none.
    """
    held = Counter(_kind(one) for one in passed if one.startswith(_PLACE))
    through = sum(one.startswith(_PLACE) for one in failed)
    if not held and not through:
        return None
    kinds = ", ".join(f"{count} on {kind}" for kind, count in sorted(held.items()))
    told = f" ({kinds})" if kinds else ""
    return f"attacks: {held.total() + through} attempts{told}; {through} succeeded"


def _kind(node: str) -> str:
    name = node.partition("::")[0].rpartition("/")[2]
    return name.removeprefix("test_").removesuffix(".py").replace("_", " ")
