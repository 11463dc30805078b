"""Logs and texts of any length: what is kept of them, and how much memory they take."""

from __future__ import annotations

import os
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genode_tool.run.record import capped_log
from genode_tool.run.record.capped_log import CappedLog
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.verdict import Outcome
from tests.shared.standin import Tree, make_process

_VOLUME = int(os.environ.get("GENODE_TEST_VOLUME", 12 << 20))
"""Bytes on the serial line; 1 GB takes minutes."""

_NOTE = re.compile(rb"^\[(\d+) lines, \d+\.\d MB, are left out here\]$")


@settings(max_examples=60, deadline=None)
@given(
    writes=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=4), max_size=40),
    head=st.integers(20, 200),
    tail=st.integers(20, 200),
)
def test_a_log_has_its_beginning_its_end_and_a_note_between(
    tmp_path_factory: pytest.TempPathFactory, writes: list[list[int]], head: int, tail: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "serial.log"
    log, longest = CappedLog(path, head, tail), 0
    written: list[bytes] = []
    for lengths in writes:
        lines = [b"%d %s" % (len(written) + n, b"x" * length) for n, length in enumerate(lengths)]
        written += lines
        data = b"".join(line + b"\n" for line in lines)
        longest = max(longest, len(data))
        log.write(data)
    log.close()
    found = path.read_bytes().splitlines()
    notes = [(index, note) for index, line in enumerate(found) if (note := _NOTE.match(line))]
    if notes:
        ((index, note),) = notes
        left_out = int(note[1])
        assert left_out and found[:index] == written[:index]
        assert found[index + 1 :] == written[index + left_out :]
        assert sum(len(line) + 1 for line in found[index + 1 :]) > tail - longest
    else:
        assert found == written
    assert path.stat().st_size <= max(head, longest) + 2 * max(tail, longest) + 60
    assert [entry.name for entry in path.parent.iterdir()] == ["serial.log"]


def test_the_last_words_of_a_killed_run_are_kept_until_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capped_log, "HEAD", 10)
    monkeypatch.setattr(capped_log, "TAIL", 10)
    directory = tmp_path / "var/run/x"
    killed = RunRecord(directory)
    for number in range(9):
        killed.append("serial.log", f"line {number}")
    names = sorted(entry.name for entry in directory.iterdir())
    assert names == ["serial.log", "serial.log.tail", "serial.log.tail-old"]
    assert (directory / "serial.log.tail").read_text() == "line 8\n"
    killed.make_boot_directory()
    assert sorted(entry.name for entry in directory.iterdir()) == ["genode", *names]
    with RunRecord(directory):
        assert [entry.name for entry in directory.iterdir()] == ["genode"]


class _Nobody(list):  # type: ignore[type-arg]
    """Events that nobody looks at."""

    def append(self, _event: object) -> None:
        """Forget it."""


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize(
    "waits",
    [
        "run_genode_until {the end} 6000",
        "run_genode_until {begin} 60; sleep 0.2; run_genode_until {the end} 6000 [output_spawn_id]",
    ],
)
def test_memory_does_not_grow_with_what_a_system_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: str
) -> None:
    monkeypatch.setattr(capped_log, "HEAD", 1 << 20)
    monkeypatch.setattr(capped_log, "TAIL", 1 << 20)
    line = "x" * 98
    program = f"echo begin; yes {line} | head -c {_VOLUME}; echo; echo the end; exec sleep 600"
    tree: Tree = make_process(tmp_path, program)
    tree.events = _Nobody()
    verdict = tree.run(
        "create_boot_directory; install_config {<config/>}\nbuild_boot_image { core init }\n"
        f"{waits}\nputs [string length $output]:[string range $output end-8 end]\n"
    )
    peak = tracemalloc.get_traced_memory()[1]
    assert verdict.outcome is Outcome.PASSED, verdict
    lines = (tree.path / "var/run/test/script.log").read_text().splitlines()
    assert any(re.search(r"is long: `output` lacks its first \d+ characters", one) for one in lines)
    kept, _, last = lines[-2].partition(":")
    assert 2 << 20 <= int(kept) < 3 << 20 and (last, lines[-1]) == ("", "the end")
    assert peak < 12 << 20, f"{peak >> 20} MB for {_VOLUME >> 20} MB"
    print(f"{peak / 1e6:.1f} MB of memory for {_VOLUME / 1e6:.1f} MB of text")
