"""Evaluate a driver makefile once per library, all in this process; a peer of `bench/makefile.py`.

    python bench/evaluate_all.py DRIVER STATE NAME…

Prints each library's LIBS, as the driver's recipe does under make. The evaluations see the
machine through the observatory that `genode make` uses. STATE names the directory that caches their
results ("-": none is used): a result is replayed as long as no observation behind it is stale.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from genode_tool.building.memory.evaluation_cache import EvaluationCache
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.building.memory.store import MemoryStore
from genode_tool.makefile import Evaluation, ParseCache


def main() -> None:
    """Print what each library needs, evaluated or replayed."""
    driver, state, *names = sys.argv[1:]
    observatory = Observatory(os.environ)
    results = EvaluationCache(MemoryStore(Path(state)), driver, observatory)
    cache = ParseCache()
    for name in names:
        known = results.get((name,))
        if known is None:
            known = _evaluate(observatory, cache, driver, name)
            results.put((name,), *known)
        print(known[0])
    if state != "-":
        results.save()


def _evaluate(
    observatory: Observatory, cache: ParseCache, driver: str, name: str
) -> tuple[str, frozenset[int]]:
    """Return the line for one library, and the numbers of what its evaluation looked at."""
    scope = EvaluationScope(observatory)
    ev = Evaluation(scope, cwd=str(Path(driver).parent), variables={"LIB": name}, cache=cache)
    ev.include(driver)
    return f"{name}: {ev.value('LIBS')} {ev.value('OBJECTS')}", frozenset(scope.seen)


if __name__ == "__main__":
    main()
