"""The tool that compares the outputs of two checkouts: its list of calls, its verdicts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from genode_tool.cli.app import app
from genode_tool.cli.lazy import LazyGroup

PROGRAM = Path(__file__).resolve().parents[2] / "tool/compare_outputs.py"


@pytest.fixture(scope="module")
def compare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_outputs", PROGRAM)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look there
    spec.loader.exec_module(module)
    return module


def test_every_command_is_called(compare: ModuleType) -> None:
    calls = [line.text for line in compare.read_script(compare.SCRIPT) if line.compared]
    assert len(calls) >= 150
    context = click.Context(app)
    for name in app.summaries:
        group = app.get_command(context, name)
        below = group.summaries if isinstance(group, LazyGroup) else ()
        for words in (name, *(f"{name} {one}" for one in below)):
            assert f"genode {words} --help" in calls
            assert any(f"genode {words}" in one and "--help" not in one for one in calls), words


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((0, "a\n"), (0, "a\n"), "EQUAL"),
        ((0, "there is no `a`\n"), (0, "no such name: `a`\n"), "WORDING"),
        ((0, "a\n"), (0, "a\nb\n"), "STRUCTURE"),
        ((0, "a\n"), (2, "a\n"), "STRUCTURE"),
        ((0, '{"a": 1}'), (0, '{"a":\n 2}'), "WORDING"),
        ((0, '{"a": 1}'), (0, '{"a": "1"}'), "STRUCTURE"),
        ((0, '[{"a": 1}]'), (0, '[{"b": 1}]'), "STRUCTURE"),
        (
            (0, "Usage: x\n\nOptions:\n  -q, --quiet  Less.\n"),
            (0, "Usage: x\n\nOptions:\n  -q, --quiet  Print\n less.\n  --new  More.\n"),
            "WORDING",
        ),
        (
            (0, "Usage: x\n\nOptions:\n  -q, --quiet  Less.\n"),
            (0, "Usage: x\n\nOptions:\n  --still  Less.\n"),
            "STRUCTURE",
        ),
        (
            (0, "Usage: x\n\nCommands:\n  run  a\n"),
            (0, "Usage: x\n\nCommands:\n  ran  a\n"),
            "STRUCTURE",
        ),
    ],
)
def test_verdicts(
    compare: ModuleType, before: tuple[int, str], after: tuple[int, str], verdict: str
) -> None:
    outputs = [compare.Output(code, (text, "")) for code, text in (before, after)]
    assert compare.verdict_of(*outputs).name == verdict


def test_times_and_places_do_not_count(compare: ModuleType, tmp_path: Path) -> None:
    said = f"{tmp_path}/checkout/x and {tmp_path}/y took 1.25 s\n"
    assert compare.normalised(said.encode(), tmp_path) == "CHECKOUT/x and SCRATCH/y took N s\n"
