"""Our first stage finds the graph that the original writes to its library file.

What differs on purpose, or cannot be compared, is named here and counted:

* programs of one target name: the original keeps the last one, we report them, and leave out
  the libraries that nothing else needs;
* descriptions whose visit ends in an error: the original drops whatever was being visited,
  we drop what needs them; with empty ports there are some;
* a description without TARGET: the original builds nothing under an empty name, we report it;
* libraries of programs that cannot be built alone: the original builds them first;
* unprepared ports: the original refuses to build at all, we leave out what needs them, and
  name also the ports of descriptions that cannot be evaluated without them.
"""

from __future__ import annotations

from pathlib import Path

from tests.upstream.configurations import Configuration
from tests.upstream.conftest import Figure
from tests.upstream.graph_comparison import compare_graphs
from tests.upstream.original import Original


def test_the_graphs_are_equal(
    tree: Path, work: Path, original: Original, configuration: Configuration, figure: Figure
) -> None:
    found = compare_graphs(original)
    figure(found.figure)
    path = work / f"{tree.name}-{configuration.name}-graph.txt"
    path.write_text("\n".join(found.differences) + "\n")
    assert found.leaves
    assert found.differences == ()
