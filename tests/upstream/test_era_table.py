"""The table over all releases: what it says of results, and how results are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.upstream.era_table import (
    BEGIN,
    END,
    insert,
    kernel_of,
    merged,
    read_record,
    table,
    write_record,
)


def _result(
    value: str, seconds: float | None = 60.0, details: list[str] | None = None
) -> dict[str, object]:
    return {
        "value": value,
        "figure": "",
        "details": details or [],
        "seconds": seconds,
        "commit": "c" * 40,
        "tool": "d" * 40,
        "date": "2026-11-30",
    }


def test_a_line_for_each_release() -> None:
    results = {
        "16.08": {
            "platforms": _result("0 of 3"),
            "graph/linux_x86-bare": _result("0 of 1000", 7200.0),
            "graph/linux_x86-ports": _result("0 of 20"),
            "graph/hw_pbxa9-bare": _result("2 of 30", details=["one", "two"]),
            "commands/linux_x86-bare": _result("0 of 7", None),
            "plans/linux-linux": _result("0 of 5"),
            "plans/nova-pc": _result("1 of 4"),
            "plans/sel4-pc": _result("–"),
        },
        "17.02": {},
        "master": {"ports": _result("0 of 9"), "boots/foc": _result("–")},
    }
    made, _, _, _, *lines = table(results).splitlines()
    assert made == (
        "10 cells, made on 2026-11-30 by commits of this tool: 1; 9 of them were timed: 2.1 hours"
        " in all, 120 minutes the longest. `master` is commit cccccccccc."
    )
    assert lines == [
        "| 16.08 | 0 of 3 | not run | 0 of 1,000<br>0 of 20 (ports) | 2 of 30 | not run | not run"
        " | not run | 0 of 7 (linux_x86-bare) | 0 of 5 (linux-linux)<br>nova-pc 1 of 4 | not run |",
        "| master | not run | 0 of 9 | not run | not run | not run | not run | not run | not run"
        " | not run | – |",
        "",
        "* 16.08, graph/hw_pbxa9-bare: 2 of 30: `one`",
    ]


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        *(("linux_x86-bare", "linux"), ("hw_pbxa9-bare", "hw"), ("x86_64-hw-pc-bare", "hw")),
        *(("foc_x86_64-bare", "foc"), ("x86_64-sel4-pc-ports", "sel4"), ("riscv-bare", "")),
    ],
)
def test_the_kernel_of_a_configuration(name: str, kernel: str) -> None:
    assert kernel_of(name) == kernel


def test_results_are_kept_and_the_newer_of_two_counts(tmp_path: Path) -> None:
    record = tmp_path / "eras.json"
    assert read_record(record) == {}
    older = {"16.08": {"ports": _result("1 of 2"), "platforms": _result("0 of 1")}, "17.02": {}}
    write_record(record, older)
    assert read_record(record) == {"16.08": older["16.08"]}
    both = merged(read_record(record), {"16.08": {"ports": _result("0 of 2")}}, ("16.08", "17.02"))
    assert list(both) == ["16.08", "17.02"]
    assert {name: one["value"] for name, one in both["16.08"].items()} == {
        "ports": "0 of 2",
        "platforms": "0 of 1",
    }


def test_the_table_has_its_place_in_a_page() -> None:
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nmore\n"
    assert insert(page, "new\n") == f"# Title\n\n{BEGIN}\nnew\n{END}\n\nmore\n"
    assert insert("no marks", "new\n") == "new\n"
