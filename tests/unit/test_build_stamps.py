"""Observations and their stamps: what a coarse clock, a writer, or another time does to them.

File times come from a clock that advances in steps. The tests set both clocks: `seen_at` makes
every stamp of a file the same, as two changes within one step leave it.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from genode_tool.building.memory import answers, observatory
from genode_tool.building.memory.answers import checks_of
from genode_tool.building.memory.observation import Look, Observation, merged
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.stamps import CLOCK_GRANULARITY_NS, is_racy
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.ninja import incremental, sources
from genode_tool.building.ninja.incremental import IncrementalBuild
from genode_tool.building.ninja.logs import LogEntry
from genode_tool.building.ninja.sources import SourceRecord
from genode_tool.building.ninja.syntax import MANIFEST
from genode_tool.events import discard

NOW = 1_700_000_000_000_000_000
WITHIN, BEFORE = NOW - CLOCK_GRANULARITY_NS + 1, NOW - CLOCK_GRANULARITY_NS
"""Times of a change: one within the step of the clock in which the look is made, one before."""


@pytest.mark.parametrize(
    ("stamp", "racy"),
    [
        ((BEFORE, BEFORE, 1, 1, 1), False),
        ((WITHIN, BEFORE, 1, 1, 1), True),
        ((BEFORE, WITHIN, 1, 1, 1), True),
        ((NOW, NOW, 1, 1, 1), True),
        ((NOW + 1, 0, 1, 1, 1), True),
        ((BEFORE, BEFORE, NOW, 1), False),  # a directory's third number is its inode
        ((BEFORE, WITHIN, 1, 1), True),
    ],
)
def test_a_stamp_is_racy_within_one_step_of_the_clock(stamp: tuple[int, ...], racy: bool) -> None:
    assert is_racy(stamp, NOW) is racy


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (observatory, sources):
        monkeypatch.setattr(module, "time", SimpleNamespace(time_ns=lambda: NOW))


def seen_at(monkeypatch: pytest.MonkeyPatch, time: int) -> None:
    for module in (observatory, sources, answers):
        monkeypatch.setattr(module, "file_stamp", lambda _: (time, time, 1, 1, 1))
    for module in (observatory, answers):
        monkeypatch.setattr(module, "directory_stamp", lambda _: (time, time, 1, 1))


@pytest.mark.parametrize(("time", "noticed"), [(WITHIN, True), (BEFORE, False)])
@pytest.mark.parametrize("look", [Look.READ, Look.LIST])
def test_an_equal_stamp_counts_unless_it_is_racy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: str, time: int, noticed: bool
) -> None:
    file = tmp_path / "file"
    file.write_text("1")
    seen_at(monkeypatch, time)
    first = Observatory({})
    seen = first.observation(first.look((look, str(file if look == Look.READ else tmp_path))))
    assert seen.racy is noticed
    file.write_text("2")
    (tmp_path / "another").touch()
    assert (Observatory({}).renewed(seen) is None) is noticed
    assert Observatory({}).all_same([seen]) is not noticed


@pytest.mark.parametrize(
    ("key", "stamp"),
    [
        ((Look.FILE, "/f"), (WITHIN, WITHIN, 1, 1, 1)),
        ((Look.DIRECTORY, "/"), (WITHIN, WITHIN, 1, 1)),
    ],
)
def test_a_racy_stamp_alone_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, key: tuple[str, str], stamp: tuple[int, ...]
) -> None:
    seen_at(monkeypatch, WITHIN)
    good = Observation(key, None, (key[1], stamp))
    assert Observatory({}).all_same([good])
    assert not Observatory({}).all_same([good._replace(racy=True)])
    assert not Observatory({}).all_same([good._replace(stamp=None)])


def test_an_observation_that_did_not_change_gets_the_stamp_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("1")
    seen_at(monkeypatch, WITHIN)
    first = Observatory({})
    seen = first.observation(first.look((Look.READ, str(tmp_path / "file"))))
    seen_at(monkeypatch, BEFORE)
    now = Observatory({}).renewed(seen)
    assert now is not None
    assert (now.result, now.racy, now.stamp[1][0]) == (seen.result, False, BEFORE)


def test_racy_observations_are_not_merged() -> None:
    """The stamp of a directory stands for all names that are looked for in it, if it is sound."""
    sound = [
        Observation((Look.KIND, f"/d/{name}"), None, ("/d", (BEFORE, 1))) for name in ("a", "b")
    ]
    assert merged(sound) == [Observation((Look.DIRECTORY, "/d"), None, ("/d", (BEFORE, 1)))]
    racy = [one._replace(racy=True) for one in sound]
    assert merged(racy) == racy
    files = [
        Observation((Look.READ, "/d/f"), "digest", ("/d/f", (BEFORE, BEFORE, 1, 1))),
        Observation((Look.READ, "/d/none"), None, ("/d", (BEFORE, 1))),
        Observation((Look.LIST, "/e"), "digest", ("/e", (BEFORE, 1))),
    ]
    assert [one.key for one in merged(files)] == [
        (Look.FILE, "/d/f"),
        (Look.DIRECTORY, "/d"),
        (Look.DIRECTORY, "/e"),
    ]


@pytest.mark.parametrize(("time", "noticed"), [(WITHIN, True), (BEFORE, False)])
def test_a_young_source_is_compared_by_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: int, noticed: bool
) -> None:
    source = tmp_path / "main.cc"
    source.write_text("1")
    seen_at(monkeypatch, time)
    record = SourceRecord(MemoryStore(tmp_path))
    record.add([str(source)])
    record.save()
    source.write_text("2")
    later = SourceRecord(MemoryStore(tmp_path))
    found = later.compare()
    assert found.changed == ({str(source)} if noticed else set())
    assert found.touched == set()


def test_a_source_that_is_being_written_counts_as_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "main.cc"
    source.write_text("1")
    times = iter(range(100))
    monkeypatch.setattr(sources, "file_stamp", lambda _: (next(times), 0, 1, 1))
    record = SourceRecord(MemoryStore(tmp_path))
    record.add([str(source)])
    monkeypatch.setattr(sources, "file_stamp", lambda _: (BEFORE, BEFORE, 1, 1))
    assert record.compare().changed == {str(source)}
    assert record.compare().changed == set()


@pytest.mark.parametrize(("time", "proven"), [(WITHIN, False), (BEFORE, True)])
def test_an_answer_rests_on_files_that_are_older_than_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: int, proven: bool
) -> None:
    """A racy observation is made good by a second look, which must not be racy, too."""
    (tmp_path / "file").write_text("1")
    seen_at(monkeypatch, WITHIN)
    first = Observatory({})
    seen = first.observation(first.look((Look.READ, str(tmp_path / "file"))))
    assert seen.racy
    seen_at(monkeypatch, time)
    checks = checks_of([seen], NOW)
    assert (checks is not None) is proven
    (tmp_path / "file").write_text("2")
    assert checks_of([seen], NOW) is None


@pytest.mark.parametrize("look", [Look.FILE, Look.DIRECTORY])
def test_an_answer_rests_on_no_racy_stamp(look: str) -> None:
    stamp = (BEFORE, BEFORE, 1, 1) if look == Look.FILE else (BEFORE, 1)
    good = Observation((look, "/x"), None, ("/x", stamp))
    assert checks_of([good], NOW) is not None
    assert checks_of([good, good._replace(racy=True)], NOW) is None
    assert checks_of([good._replace(stamp=None)], NOW) is None


class FakeSteps:
    """One recorded step, which makes `main.o` of `source`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.log = {"main.o": LogEntry(0, 1, 1 << 62, "main.o", "0")}
        self.voided: set[str] = set()

    def sources(self) -> set[str]:
        return {self.source}

    def outputs(self) -> list[str]:
        return ["main.o"]

    def made_from(self, path: str) -> list[str]:
        return ["main.o"] if path == self.source else []

    def inputs(self, output: str) -> tuple[str, ...]:
        return ()

    def void(self, output: str) -> None:
        self.voided.add(output)

    def renew(self, output: str, times: object) -> None:
        return

    def save(self) -> None:
        return


@pytest.mark.parametrize(("before_the_step_ms", "again"), [(20, True), (49, True), (60, False)])
def test_a_change_just_before_its_step_may_have_been_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_the_step_ms: int, again: bool
) -> None:
    source = tmp_path / "main.cc"
    source.write_text("1")
    steps = FakeSteps(str(source))
    monkeypatch.setattr(incremental, "RecordedSteps", lambda *_: steps)
    (tmp_path / MANIFEST).parent.mkdir(parents=True)
    (tmp_path / MANIFEST).write_text("rules")
    build = IncrementalBuild(tmp_path, discard)
    build.prepare()
    build.start()
    source.write_text("22")
    # Start times count from the begin of the build, in whole milliseconds.
    wall = int((tmp_path / "var/genode/running").read_text().split()[0])
    start = -(-(source.stat().st_ctime_ns - wall) // 1_000_000) + before_the_step_ms
    entry = LogEntry(start, start + 5, 1, "main.o", "0")
    monkeypatch.setattr(incremental, "entries_since", lambda *_: ([entry], True))
    build.finish(idle=False, complete=True)
    assert ("main.o" in steps.voided) is again
