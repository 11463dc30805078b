"""Configurations of any size: the work grows with their length, not with its square.

The work is counted in calls of functions, which no load of the machine changes.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest

from genode_tool.config.checks.cycles import shortest_cycles
from genode_tool.config.examine import Examination, examine
from genode_tool.config.schema.catalogue import find_schemas
from genode_tool.config.system.model import Dialect
from genode_tool.run.configuration.script_places import ScriptPlaces, aligned

REPOSITORIES = tuple(Path(__file__).parents[2] / "repos" / name for name in ("os", "base"))

HEAD = """<config>
<parent-provides><service name="LOG"/><service name="ROM"/></parent-provides>
<default-route><any-service><parent/><any-child/></any-service></default-route>
"""


def start(name: str, inside: str = "") -> str:
    return (
        f'<start name="{name}"><binary name="test-log"/>\n'
        f'<resource name="RAM" quantum="1M"/>{inside}</start>\n'
    )


CONFIGURATIONS: dict[str, Callable[[int], str]] = {
    "distinct components": lambda size: "".join(start(f"x{number}") for number in range(size)),
    "equal components": lambda size: start("x") * size,
    "services": lambda size: "".join(
        start(f"x{number}", f'<provides><service name="S{number}"/></provides>')
        for number in range(size)
    ),
    "one service of all": lambda size: "".join(
        start(f"x{number}", '<provides><service name="S"/></provides>') for number in range(size)
    ),
    "a chain of clients": lambda size: "".join(
        start(
            f"x{number}",
            f'<provides><service name="S"/></provides><route><service name="S">'
            f'<child name="x{number + 1}"/></service><any-service><parent/></any-service></route>',
        )
        for number in range(size)
    ),
    "wrong routes": lambda size: "".join(
        start(f"x{number}", f'<route><service name="S"><child name="y{number}"/></service></route>')
        for number in range(size)
    ),
    "unknown attributes": lambda size: "".join(
        start(f"x{number}").replace("quantum", f"quantun{number}") for number in range(size)
    ),
    "lines within a component": lambda size: (
        start("x", "<config>" + '\n<a b="c"/>' * size)[:-9] + "</config></start>\n"
    ),
}


def examined(text: str, script: Path) -> Examination:
    """Examine a configuration that a run script writes."""
    script.write_text("install_config {\n" + text + "}\n")
    places = ScriptPlaces(script, (), {"config": text})
    schemas = find_schemas(REPOSITORIES, ())
    return examine(text, "config", schemas, Dialect.OWN, translate=places.place)


def calls(work: Callable[[], object]) -> int:
    """Return how many functions are called, Python's and those written in C."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_twice_the_configuration_is_twice_the_work(kind: str, tmp_path: Path) -> None:
    small, large = (HEAD + CONFIGURATIONS[kind](size) for size in (100, 200))
    texts = [small + "</config>\n", large + "</config>\n"]
    examined(texts[0], tmp_path / "a.run")  # what is imported and cached at first
    counts = [calls(lambda text=text: examined(text, tmp_path / "a.run")) for text in texts]  # type: ignore[misc]
    assert counts[1] <= 2.3 * counts[0], counts


def test_each_of_many_equal_lines_has_its_place(tmp_path: Path) -> None:
    script = tmp_path / "a.run"
    text = HEAD + '<start name="x" color="red"/>\n' * 300 + "</config>\n"
    found = examined(text, script)
    lines = [one.location.line for one in found.errors if "color" in one.diagnostic.text]
    assert lines == list(range(5, 305))  # the script has one line above the configuration
    assert {one.location.file for one in found.errors} == {str(script)}


@pytest.mark.parametrize(
    ("lines", "source", "places"),
    [
        ("a b c", "x a b c y", [1, 2, 3]),
        ("a b b b c", "a b b b c", [0, 1, 2, 3, 4]),
        ("a b", "a c", [0, None]),
        ("b b", "b b", [None, None]),  # which is which nobody knows
        ("a x b", "a $v b", [0, None, 2]),  # a line with a variable does not end the block
        ("a e x e", "a e $v e", [0, 1, None, 3]),
        ("a x y e", "a $v $w e e", [0, None, None, None]),  # two lines do
        ("p e q e", "q e p e", [2, 3, 0, 1]),  # in another order
        ("a e", "a e f a e", [None, None]),
    ],
)
def test_lines_follow_their_neighbours(lines: str, source: str, places: list[int | None]) -> None:
    found = aligned(lines.split(), source.split())
    assert [found.get(index) for index in range(len(lines.split()))] == places


def _reachable(graph: Mapping[str, Mapping[str, object]], first: str) -> dict[str, int]:
    """Return the steps from a node to each other one, and back to itself."""
    steps: dict[str, int] = {}
    border, distance = {first}, 0
    while border:
        distance += 1
        border = {there for here in border for there in graph.get(here, ()) if there not in steps}
        steps.update(dict.fromkeys(border, distance))
    return steps


def test_cycles_are_the_shortest_and_none_is_missing() -> None:
    chance = random.Random(7)
    for _ in range(300):
        names = [str(number) for number in range(chance.randint(2, 9))]
        graph: dict[str, dict[str, object]] = {}
        for _ in range(chance.randint(1, 14)):
            here, there = chance.sample(names, 2)
            graph.setdefault(here, {})[there] = None
        cycles = shortest_cycles(graph)
        covered = {name for cycle in cycles for name in cycle}
        on_cycle = {name for name in names if name in _reachable(graph, name)}
        assert covered == on_cycle
        for cycle in cycles:
            assert cycle[0] == cycle[-1]
            assert all(there in graph[here] for here, there in pairwise(cycle))
            assert len(cycle) - 1 == _reachable(graph, cycle[0])[cycle[0]]
