"""Caches between calls: results of evaluations, plans, printed output."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from genode_tool import recall
from genode_tool.building.memory.answers import checks_of, keep_answer, observe_tool
from genode_tool.building.memory.evaluation_cache import EvaluationCache
from genode_tool.building.memory.observation import Look, Observation, observe_file
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import BuildPlan, PlanCache, call_key
from genode_tool.building.memory.stamps import (
    CLOCK_GRANULARITY_NS,
    digest_of_file,
    digest_of_names,
    directory_stamp,
    file_stamp,
)
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.memory.tool_stamp import tool_stamp

PLAN = BuildPlan(("@prg/one",), ("one",), ("two",), 1, 2, 3, (("A", "b"),), ("c",), (1, 2, 3, 4))
ONE, TWO = ("leaf", "one"), ("leaf", "two")


def later_call() -> int:
    """Return when a call begins for which nothing has changed lately."""
    return time.time_ns() + 10 * CLOCK_GRANULARITY_NS


class Call:
    """A call of configuration `identity` that looks at files below `path`."""

    def __init__(self, path: Path, identity: str = "hw") -> None:
        self.observatory = Observatory({})
        self.observatory._started_ns = later_call()
        self.path = path
        self.cache = EvaluationCache(MemoryStore(path / "state"), identity, self.observatory)

    def read(self, name: str) -> int:
        return self.observatory.look((Look.READ, str(self.path / name)))

    def put(self, key: tuple[str, ...], data: object, *names: str) -> Call:
        self.cache.put(key, data, [self.read(name) for name in names])
        return self

    def result(self, key: tuple[str, ...]) -> object:
        """Return the cached result for `key`, None when there is none that is up to date."""
        found = self.cache.get(key)
        return found[0] if found is not None else None

    def save(self) -> None:
        self.cache.save()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_a_result_is_found_in_its_own_call_and_in_later_ones(place: Path) -> None:
    call = Call(place).put(ONE, "result", "a", "b")
    own = call.cache.get(ONE)
    assert own == ("result", frozenset((call.read("a"), call.read("b"))))
    assert (call.cache.evaluated, call.cache.reused) == (1, 0)
    call.save()
    later = Call(place)
    found = later.cache.get(ONE)
    assert found is not None
    assert found[0] == "result"
    assert all(number < 0 for number in found[1])
    assert (later.cache.evaluated, later.cache.reused) == (0, 1)
    later.put(TWO, "other", "a")
    seen = later.cache.observations([later.read("a"), *found[1]])
    assert [Path(one.key[1]).name for one in seen] == ["b", "a", "a"]
    assert later.cache.get(("leaf", "none")) is None
    assert later.result(ONE) == "result"
    later.put(("leaf", "three"), "other")
    assert (later.cache.evaluated, later.cache.reused) == (2, 2)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_result_is_stale_when_anything_behind_it_differs(place: Path, name: str) -> None:
    Call(place).put(ONE, "result", "a", "b").put(TWO, "other").save()
    (place / name).write_text("changed")
    call = Call(place)
    assert call.result(ONE) is None
    assert call.result(TWO) == "other"
    assert (call.cache.evaluated, call.cache.reused) == (0, 1)


def test_each_observation_is_compared_once_in_a_call(place: Path) -> None:
    Call(place).put(ONE, "one", "a").put(TWO, "two", "a", "b").save()
    for change, results in ((False, ["one", "two"] * 2), (True, [None] * 4)):
        if change:
            (place / "a").write_text("changed")
        call, compared = Call(place), []
        renewed = call.observatory.renewed

        def counted(kept: Observation) -> Observation | None:
            compared.append(kept.key[1])  # noqa: B023 - used in this round only
            return renewed(kept)  # noqa: B023

        call.observatory.renewed = counted  # type: ignore[method-assign]
        assert [call.result(key) for key in (ONE, TWO, ONE, TWO)] == results
        assert compared == [str(place / name) for name in ("ab" if not change else "a")]


def test_observations_are_stored_once(place: Path) -> None:
    Call(place).put(ONE, "one", "a").put(TWO, "two", "a", "b").save()
    call = Call(place).put(("leaf", "three"), "three", "b", "a")
    call.save()
    assert len(Call(place).cache._kept) == 2
    assert [Call(place).result(("leaf", name)) for name in ("one", "two", "three")] == [
        "one",
        "two",
        "three",
    ]


def test_what_a_helper_process_saw_is_stored_once_as_well(place: Path) -> None:
    helper, call = Call(place), Call(place)
    taken = call.observatory.take_over(helper.observatory.observation(helper.read("a")))
    assert taken is not None
    own = call.read("a")
    assert own != taken
    call.cache.put(ONE, "one", [taken])
    call.cache.put(TWO, "two", [own])
    call.save()
    later = Call(place)
    assert (later.result(ONE), later.result(TWO)) == ("one", "two")
    assert len(later.cache._kept) == 1


def test_a_stale_result_does_not_become_valid_by_what_is_evaluated_anew(place: Path) -> None:
    Call(place).put(ONE, "before", "a").put(TWO, "as well before", "a").save()
    (place / "a").write_text("changed")
    Call(place).put(("leaf", "three"), "after", "a").save()
    call = Call(place)
    assert len(call.cache._kept) == 2, "what both stale results rest on is stored once"
    assert (call.result(ONE), call.result(TWO)) == (None, None)
    assert call.result(("leaf", "three")) == "after"
    (place / "a").write_text("a")
    call = Call(place)
    assert (call.result(ONE), call.result(TWO)) == ("before", "as well before")
    assert call.result(("leaf", "three")) is None


@pytest.mark.parametrize(("name", "valid"), [("a", ("one", None)), ("b", (None, "two"))])
def test_stale_results_do_not_stand_for_each_other(
    place: Path, name: str, valid: tuple[object, object]
) -> None:
    Call(place).put(ONE, "one", "a").put(TWO, "two", "b").save()
    for changed in ("a", "b"):
        (place / changed).write_text("changed")
    Call(place).put(("leaf", "three"), "three", "a", "b").save()
    (place / name).write_text(name)
    call = Call(place)
    assert (call.result(ONE), call.result(TWO)) == valid


def test_results_for_several_values_of_a_variable(place: Path) -> None:
    def call(value: str) -> Call:
        made = Call(place, f"configuration for {value}")
        made.observatory.environment["X"] = value
        return made

    values = ("1", "2", "3")
    for value in values:
        one = call(value)
        one.cache.put(ONE, value, [one.observatory.look((Look.ENV, "X"))])
        one.save()
    for value in values:
        assert call(value).result(ONE) == value
        for other in set(values) - {value}:
            changed = Call(place, f"configuration for {value}")
            changed.observatory.environment["X"] = other
            assert changed.result(ONE) is None


def test_a_result_of_this_call_replaces_the_earlier_one(place: Path) -> None:
    Call(place).put(ONE, "before", "a").save()
    call = Call(place)
    assert call.cache.before(ONE) == "before"
    assert call.cache.before(TWO) is None
    call.put(ONE, "after", "b")
    assert call.result(ONE) == "after"
    assert call.cache.before(ONE) == "before"
    call.save()
    assert Call(place).cache.before(ONE) == "after"
    assert len(Call(place).cache._kept) == 1, "nothing is left of what the earlier one rests on"
    (place / "a").write_text("changed")
    assert Call(place).result(ONE) == "after"


def test_configurations_have_results_of_their_own(place: Path) -> None:
    for identity in ("hw", "linux", "nova"):
        Call(place, identity).put(ONE, f"one for {identity}").put(("other", "x"), "x").save()
    call = Call(place, "linux")
    assert call.result(ONE) == "one for linux"
    assert list(call.cache.rivals(ONE)) == ["one for nova", "one for hw"]
    assert list(call.cache.rivals(TWO)) == []
    assert list(call.cache.elsewhere("leaf")) == [
        (ONE, "one for linux"),
        (ONE, "one for nova"),
        (ONE, "one for hw"),
    ]
    call.put(TWO, "two")
    assert [key for key, _ in call.cache.elsewhere("leaf")] == [ONE] * 3
    call.put(ONE, "another")
    assert list(call.cache.elsewhere("leaf")) == [], "this call has made it"
    call.save()
    assert Call(place, "nova").result(ONE) == "one for nova"
    assert list(Call(place, "fiasco").cache.rivals(ONE)) == [
        "another",
        "one for nova",
        "one for hw",
    ], "the latest used first"


def test_what_is_forgotten_is_forgotten_in_all_configurations(place: Path) -> None:
    for identity in ("hw", "linux"):
        Call(place, identity).put(ONE, "one").put(TWO, "two").save()
    call = Call(place, "nova")
    call.cache.forget(ONE)
    call.save()
    for identity in ("hw", "linux"):
        assert Call(place, identity).result(ONE) is None
        assert Call(place, identity).result(TWO) == "two"


def test_the_eight_configurations_used_last_are_cached(place: Path) -> None:
    for number in range(8):
        Call(place, str(number)).put(ONE, number).save()
    Call(place, "0").put(TWO, "used").save()
    Call(place, "8").put(ONE, 8).save()
    assert Call(place, "0").result(ONE) == 0
    assert Call(place, "1").result(ONE) is None
    assert [Call(place, str(number)).result(ONE) for number in range(2, 9)] == list(range(2, 9))


def test_nothing_is_written_when_nothing_has_changed(place: Path) -> None:
    Call(place).put(ONE, "one", "a").save()
    state = place / "state/state"
    call = Call(place)
    assert call.result(ONE) == "one"
    state.unlink()
    call.save()
    assert not state.exists()
    call.put(TWO, "two").save()
    call = Call(place)
    os.utime(place / "a", (1, 1))
    assert call.result(ONE) == "one"
    state.unlink()
    call.save()
    assert state.exists(), "the stamp is another"
    assert Observation._make(Call(place).cache._kept[0]).stamp[1] == file_stamp(str(place / "a"))


@pytest.mark.parametrize("data", [None, 1, (1,), (1, 2, 3)])
def test_a_record_of_another_shape_is_as_good_as_none(place: Path, data: object) -> None:
    MemoryStore(place / "state").write("state", tool_stamp(), data)
    call = Call(place)
    assert call.result(ONE) is None
    call.put(ONE, "one").save()
    assert Call(place).result(ONE) == "one"
    store = MemoryStore(place / "state")
    store.write("calls/key", tool_stamp(), data)
    store.write("last", "last 1", "key")
    assert PlanCache(store).find("key", Observatory({})) is None
    assert PlanCache(store).last() is None


def test_results_of_another_version_of_the_tool_do_not_count(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genode_tool.building.memory import evaluation_cache, plan_cache

    Call(place).put(ONE, "one").save()
    plans = PlanCache(MemoryStore(place / "state"))
    plans.save("key", PLAN, [])
    for module in (evaluation_cache, plan_cache):
        monkeypatch.setattr(module, "tool_stamp", lambda: "another")
    assert Call(place).result(ONE) is None
    assert plans.find("key", Observatory({})) is None


def test_calls_have_the_same_plan_when_goals_variables_and_environment_are_equal() -> None:
    key = call_key(["a", "b"], {"X": "1", "Y": "2"}, {"P": "1", "Q": "2"})
    assert call_key(("a", "b"), {"Y": "2", "X": "1"}, {"Q": "2", "P": "1"}) == key
    others = [
        call_key(["b", "a"], {"X": "1", "Y": "2"}, {"P": "1", "Q": "2"}),
        call_key(["a", "b"], {"X": "1", "Y": "3"}, {"P": "1", "Q": "2"}),
        call_key(["a", "b"], {"X": "1", "Y": "2"}, {"P": "1"}),
        call_key(["a", "b"], {"P": "1", "Q": "2"}, {"X": "1", "Y": "2"}),
        call_key(["a", "b"], {"X": "\udcff"}, {}),
    ]
    assert len({key, *others}) == 6
    assert len(key) == 24


def test_a_plan_comes_back_whole_with_its_observations_merged(place: Path) -> None:
    plans = PlanCache(MemoryStore(place / "state"))
    stamp = directory_stamp(str(place / "state")) or directory_stamp(str(place / "."))
    names = [
        Observation((Look.KIND, f"{place}/{name}"), None, (f"{place}/.", stamp)) for name in "xy"
    ]
    problem = ("what", ("file", 1))
    plan = replace(PLAN, problems=(problem,))
    plans.save("key", plan, names)
    loaded = plans._load("key")
    assert loaded == (plan, [Observation((Look.DIRECTORY, f"{place}/."), None, names[0].stamp)])


def test_the_32_latest_plans_are_cached(tmp_path: Path) -> None:
    plans = PlanCache(MemoryStore(tmp_path))
    for number in range(33):
        plans.save(str(number), PLAN, [])
        os.utime(tmp_path / f"calls/{number}", (number, number))
    plans.save("33", PLAN, [])
    found = {path.name for path in (tmp_path / "calls").iterdir()}
    assert found == {str(number) for number in range(2, 34)}


def test_which_call_is_the_latest_is_written_when_it_changes(tmp_path: Path) -> None:
    plans = PlanCache(MemoryStore(tmp_path))
    for key in ("a", "b"):
        plans.save(key, replace(PLAN, targets=(key,)), [])
    for key in ("a", "b"):
        plans.used(key)
        last = plans.last()
        assert last is not None
        assert last.targets == (key,)
    before = (tmp_path / "last").stat().st_ino
    plans.used("b")
    assert (tmp_path / "last").stat().st_ino == before


def test_the_tools_own_modules_are_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, file in (
        ("genode_tool.own", "/own.py"),
        ("genode_toolbox", "/other.py"),
        ("genode_tool.without", None),
    ):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(__file__=file))
    seen = {one.key for one in observe_tool(later_call())}
    assert (Look.FILE, recall.__file__) in seen
    assert (Look.FILE, sys.modules["genode_tool"].__file__) in seen
    assert (Look.FILE, "/own.py") in seen
    assert not {"/other.py", None, pytest.__file__} & {path for _, path in seen}
    assert not any(one.racy for one in observe_tool(later_call()) if one.stamp is not None)
    assert all(one.racy for one in observe_tool(0) if one.stamp is not None)


def test_an_answer_is_kept_where_recall_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["make", "x"]
    key = recall.key_of(words, str(tmp_path))
    store = MemoryStore.of(tmp_path)
    assert keep_answer(store, key, [], time.time_ns(), iter([(1, "text\n"), (2, "note\n")])) is True
    assert recall.replay(words, 0) == 0
    assert capfd.readouterr() == ("text\n", "note\n")


def test_an_answer_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert keep_answer(MemoryStore(tmp_path / "file"), ("key",), [], 1, []) is False
    for number in range(33):
        (tmp_path / f"answers/{number}").mkdir(parents=True)  # cannot be removed as a file is
    assert keep_answer(MemoryStore(tmp_path), ("key",), [], 1, []) is False


def test_the_32_latest_answers_are_kept(tmp_path: Path) -> None:
    for number in range(33):
        assert keep_answer(MemoryStore(tmp_path), (number,), [], 1, [])
        os.utime(tmp_path / "answers" / recall.name_of((number,)), (number, number))
    assert keep_answer(MemoryStore(tmp_path), (33,), [], 1, [])
    found = {path.name for path in (tmp_path / "answers").iterdir()}
    assert found == {recall.name_of((number,)) for number in range(2, 34)}


def shell(path: str, *stamps: tuple[object, ...]) -> Observation:
    """Return what a shell command with these programs answered; `path` is its PATH."""
    return Observation((Look.SHELL, "x", "sh", ("-c",), "/", (("PATH", path),)), (b"", 0), stamps)


def test_a_program_is_checked_with_all_directories_in_which_it_might_appear(
    tmp_path: Path,
) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1, 1))
    for program in (tmp_path / "real", tmp_path / "three/tool"):
        program.touch()
        program.chmod(0o755)
    (tmp_path / "two/tool").symlink_to(tmp_path / "real")
    top, real = str(tmp_path), str(tmp_path / "real")
    path = f"{top}/gone:{top}/real:{top}/one::{top}/two:{top}/three"
    checks = checks_of([shell(path, ("tool", real, 1, 1))], later_call())
    assert checks == (
        {real: file_stamp(real)},
        {f"{top}/{name}": directory_stamp(f"{top}/{name}") for name in ("one", "two")},
        {f"{top}/gone": None, real: "file"},
        {f"{top}/two/tool": real},
        {},
    )
    assert recall.up_to_date(checks)
    (tmp_path / "one/tool").touch()
    assert not recall.up_to_date(checks)
    assert checks_of([shell(path, ("tool", real, 1, 1))], 0) is None, "it has changed lately"


def test_a_program_that_is_no_link_is_checked_by_its_stamp(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.touch()
    tool.chmod(0o755)
    began = later_call()
    stamps = {str(tool): file_stamp(str(tool))}
    assert checks_of([shell("", (str(tool), str(tool), 1, 1))], began) == (stamps, {}, {}, {}, {})
    inside = {str(tmp_path): directory_stamp(str(tmp_path))}
    found = checks_of([shell(str(tmp_path), ("tool", str(tool), 1, 1))], began)
    assert found == (stamps, inside, {}, {}, {})
    seen = observe_file(str(tool), began)
    tool.write_text("changed")
    both = checks_of([seen, shell("", (str(tool), str(tool), 1, 1))], later_call())
    assert both is not None
    assert both[0] == stamps, "what was seen first counts"


def test_what_a_shell_command_did_not_find_must_still_be_missing(tmp_path: Path) -> None:
    (tmp_path / "tool").touch()
    (tmp_path / "tool").chmod(0o755)
    top, began = str(tmp_path), later_call()
    nowhere = {top: directory_stamp(top)}
    assert checks_of([shell(top, ("none", None))], began) == ({}, nowhere, {}, {}, {})
    assert checks_of([shell(top, ("none", f"{top}/none", 1, 1))], began) is None
    assert checks_of([shell(top, ("tool", None))], began) is None
    gone = f"{top}/gone"
    assert checks_of([shell("", (gone, None))], began) == ({}, {}, {gone: None}, {}, {})
    assert checks_of([shell("", (f"{top}/tool", None))], began) is None
    assert checks_of([shell("", (gone, gone, 1, 1))], began) is None
    assert checks_of([shell("")._replace(stamp=None)], began) is None
    assert checks_of([shell("")], began) == ({}, {}, {}, {}, {})
    without_path = shell("", ("none", None))
    without_path = without_path._replace(key=(*without_path.key[:5], ()))
    assert checks_of([without_path], began) == ({}, {}, {}, {}, {})


def test_one_doubtful_observation_is_enough(tmp_path: Path) -> None:
    """For no answer to be kept: other observations do not make up for it."""
    (tmp_path / "tool").touch()
    doubtful = shell("", (f"{tmp_path}/tool", None))
    good = Observation((Look.ENV, "X"), "1")
    present = Observation((Look.READ, str(tmp_path / "tool")), None)
    names = Observation((Look.LIST, str(tmp_path)), digest_of_names(str(tmp_path)))
    missing = shell("", (f"{tmp_path}/gone", None), ("none", None))
    for sound in (good, shell(""), present, names, missing):
        assert checks_of([sound], later_call()) is not None
        assert checks_of([doubtful, sound], later_call()) is None
        assert checks_of([sound, doubtful], later_call()) is None
    nowhere = shell("", ("none", f"{tmp_path}/tool", 1, 1))
    assert checks_of([nowhere], later_call()) is None, "it was found then, and is not now"
    file = Observation((Look.FILE, "/f"), None, ("/f", (1, 1, 1, 1)))
    directory = Observation((Look.DIRECTORY, "/d"), None, ("/d", (1, 1)))
    for sound in (file, directory):
        assert checks_of([sound, sound], later_call()) is not None
        for wrong in (sound._replace(racy=True), sound._replace(stamp=None)):
            assert checks_of([wrong], later_call()) is None
            assert checks_of([wrong, file, directory], later_call()) is None
    began = later_call()
    assert not keep_answer(MemoryStore(tmp_path), ("key",), [file._replace(racy=True)], began, [])
    young = observe_file(str(tmp_path / "tool"), began)
    kept = Observation((Look.READ, str(tmp_path / "tool")), digest_of_file(str(tmp_path / "tool")))
    assert checks_of([young, kept], began) is not None
    assert not keep_answer(MemoryStore(tmp_path), ("key",), [kept], 0, [])
    assert not (tmp_path / "answers").exists()


def test_observations_become_checks_by_what_was_looked_at(tmp_path: Path) -> None:
    path, top = str(tmp_path / "file"), str(tmp_path)
    Path(path).write_text("x")
    file, around = (path, (1, 1, 1, 1)), (top, (1, 1))
    expected: list[tuple[Observation, recall.Checks]] = [
        (Observation((Look.FILE, path), None, file), ({path: file[1]}, {}, {}, {}, {})),
        (Observation((Look.DIRECTORY, top), None, around), ({}, {top: around[1]}, {}, {}, {})),
        (Observation((Look.KIND, path), "file", around), ({}, {top: around[1]}, {}, {}, {})),
        (Observation((Look.LIST, top), "names", around), ({}, {top: around[1]}, {}, {}, {})),
        (Observation((Look.READ, path), "digest", file), ({path: file[1]}, {}, {}, {}, {})),
        (Observation((Look.READ, path), None, around), ({}, {top: around[1]}, {}, {}, {})),
        (Observation((Look.KIND, path), "file"), ({}, {}, {path: "file"}, {}, {})),
        (Observation((Look.KIND, path), "file", around, True), ({}, {}, {path: "file"}, {}, {})),
        (Observation((Look.READ, path), None, around, True), ({}, {}, {path: "file"}, {}, {})),
        (Observation((Look.LIST, path), None), ({}, {}, {path: "file"}, {}, {})),
        (Observation((Look.REAL, path), None, path), ({}, {}, {path: "file"}, {}, {})),
        (Observation((Look.REAL, path), top, top), ({}, {}, {}, {path: top}, {})),
        (Observation((Look.ENV, "X"), "1"), ({}, {}, {}, {}, {})),
        (Observation((Look.ENV, "X"), None), ({}, {}, {}, {}, {})),
    ]
    for seen, checks in expected:
        assert checks_of([seen], later_call()) == checks
    content = digest_of_file(path)
    stamp = file_stamp(path)
    seen = Observation((Look.READ, path), content, file, True)
    assert checks_of([seen], later_call()) == ({path: stamp}, {}, {}, {}, {})
    assert checks_of([seen], 0) is None
    assert checks_of([seen._replace(result="another")], later_call()) is None
    names = Observation((Look.LIST, top), digest_of_names(top), around, True)
    assert checks_of([names], later_call()) == ({}, {}, {}, {}, {top: ("file",)})
    assert checks_of([names._replace(result="another")], later_call()) is None
    gone = Observation((Look.LIST, f"{top}/gone"), "names", None)
    assert checks_of([gone], later_call()) is None
