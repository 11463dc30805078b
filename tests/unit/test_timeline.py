"""The trace of a build and the page made of it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from genode_tool.building.events import BuildStepFinished, LongestSteps
from genode_tool.building.ninja.logs import log_entries
from genode_tool.building.ninja.steps import RecordedSteps
from genode_tool.building.ninja.syntax import Edge, read_manifest
from genode_tool.building.ninja.timeline import (
    TimedStep,
    Timeline,
    critical_path,
    in_lanes,
    read_trace,
    timed_steps,
    trace_text,
)
from genode_tool.cli.main import main
from genode_tool.errors import UserError
from genode_tool.report.timeline import page
from tests.unit.buildtree import SmallTree


def step(start: float, end: float, name: str) -> TimedStep:
    return TimedStep(start, end, 0, "leaf", f"COMPILE {name}", (name,))


def test_lanes_are_as_many_as_steps_overlap() -> None:
    placed = in_lanes([step(0, 4, "a"), step(1, 2, "b"), step(2, 3, "c"), step(2.5, 5, "d")])
    assert [(one.outputs[0], one.lane) for one in placed] == [
        ("a", 0),
        ("b", 1),
        ("c", 1),
        ("d", 2),
    ]


def test_log_and_events_belong_together_by_order() -> None:
    log = "# ninja log v7\n0\t5\t9\tx.o\taa\n3\t7\t9\ty.o\tbb\n3\t7\t9\ty.d\tbb\nbroken\t1\n"
    told = [
        BuildStepFinished("one", "COMPILE  x.o", 1, 2, 1),
        BuildStepFinished("two", "COMPILE  y.o", 2, 2, 0),
    ]
    entries = list(log_entries(log.splitlines()))
    steps = timed_steps(entries, told, lambda output: ("named", output))
    assert [(one.leaf, one.text, one.outputs) for one in steps] == [
        ("one", "COMPILE x.o", ("x.o",)),
        ("two", "COMPILE y.o", ("y.o", "y.d")),
    ]
    lost = timed_steps(entries, told[:1], lambda output: ("named", output))
    assert [(one.leaf, one.text) for one in lost] == [("named", "x.o"), ("named", "y.o")]


def test_critical_path_looks_through_names() -> None:
    steps = [step(0, 3, "a.o"), step(0, 1, "b.o"), step(3, 4, "lib.a"), step(4, 5, "prg")]
    edges = {
        "a.o": Edge(("a.o",), ("a.cc",), command="c"),
        "b.o": Edge(("b.o",), ("b.cc",), command="c"),
        "lib.a": Edge(("lib.a",), ("a.o",), command="c"),
        "@a/lib": Edge(("@a/lib",), ("lib.a",)),
        "prg": Edge(("prg",), ("b.o",), ("@a/lib",), command="c"),
    }
    assert [one.outputs[0] for one in critical_path(steps, edges)] == ["a.o", "lib.a", "prg"]
    assert critical_path((), edges) == ()


def test_each_build_that_runs_steps_writes_a_trace(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path)
    tree.make("app/one", dry_run=True)
    with pytest.raises(UserError, match="no build has run any step"):
        read_trace(tree.build)
    result = tree.make("app/one")
    first = read_trace(tree.build)
    assert len(first.steps) == result.steps
    assert {"COMPILE main.o", "COMPILE more.o", "LINK one"} <= {one.text for one in first.steps}
    (told,) = [one for one in tree.events if isinstance(one, LongestSteps)]
    assert told.steps[0].seconds == max(one.seconds for one in first.steps)
    before = (tree.build / "var/trace.json").read_bytes()
    assert tree.make("app/one").steps == 0
    assert (tree.build / "var/trace.json").read_bytes() == before
    tree.append("repos/base/src/app/one/more.cc", "int later() { return 3; }\n")
    tree.make("app/one")
    assert "COMPILE main.o" not in {one.text for one in read_trace(tree.build).steps}


def test_trace_has_the_trace_event_format(tmp_path: Path) -> None:
    timeline = Timeline("/b", 1.5, in_lanes([step(0, 0.25, "a.o"), step(0.125, 0.5, "b.o")]))
    (tmp_path / "var").mkdir()
    (tmp_path / "var/trace.json").write_text(trace_text(timeline))
    assert read_trace(tmp_path) == timeline
    events = json.loads(trace_text(timeline))["traceEvents"]
    complete = [one for one in events if one["ph"] == "X"]
    assert [(one["ts"], one["dur"], one["tid"]) for one in complete] == [
        (0, 250_000, 0),
        (125_000, 375_000, 1),
    ]
    (tmp_path / "var/trace.json").write_text("[1]")
    with pytest.raises(UserError, match="is not the trace"):
        read_trace(tmp_path)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.outside: list[str] = []
        self.titles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href"):
                self.outside.append(str(value))
            if name == "title":
                self.titles.append(str(value))


def test_page_is_complete_in_itself_and_escapes(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script>'
    steps = in_lanes([TimedStep(0, 2, 0, evil, f"LINK {evil}", (f'"{evil}',))])
    text = page(Timeline(f"/b/{evil}", 0.0, steps), {})
    parser = _Texts()
    parser.feed(text)
    assert "script" not in parser.tags
    assert parser.outside == []
    assert any(evil in title for title in parser.titles)
    assert page(Timeline("/b", 0.0, ()), {}).startswith("<!DOCTYPE html>")


def test_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = SmallTree(tmp_path)
    assert main(["-C", str(tree.build), "timeline"]) == 2
    tree.make("app/one")
    capsys.readouterr()
    assert main(["-C", str(tree.build), "timeline", "-o", str(tmp_path / "page.html")]) == 0
    assert "critical path" in capsys.readouterr().out
    assert "LINK one" in (tmp_path / "page.html").read_text()
    assert main(["-C", str(tree.build), "timeline", "extra"]) == 2


def test_manifest_and_log_are_read_as_ninja_has_them(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path)
    tree.make("app/one")
    edges, log = read_manifest(tree.build), RecordedSteps(tree.build, tree.build / "var/genode").log
    assert edges["app/one/main.o"].description == "[app/one/one] COMPILE  main.o"
    assert "g++" in edges["app/one/main.o"].command
    assert edges["app/one/main.o"].depfile == "app/one/main.d.ninja"
    assert "app/one/main.o" in edges["app/one/one"].inputs
    made = {output for output, edge in edges.items() if edge.command}
    assert made == set(log)
    assert read_manifest(tmp_path / "nowhere") == {}
