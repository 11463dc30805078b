"""The memory between calls: shell queries, stamps, observations, the store."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from genode_tool import recall
from genode_tool.building.memory.answers import checks_of, keep_answer
from genode_tool.building.memory.evaluation_cache import EvaluationCache
from genode_tool.building.memory.observation import (
    Look,
    Observation,
    merged,
    observe_file,
    observe_kind,
)
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import BuildPlan, PlanCache
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.building.memory.shell_queries import ShellQueryKind, classify
from genode_tool.building.memory.stamps import (
    CLOCK_GRANULARITY_NS,
    directory_stamp,
    file_stamp,
    is_racy,
)
from genode_tool.building.memory.store import MemoryStore

PLAN = BuildPlan(("@prg/one",), ("one",), (), 1, 0, None, (("PATH", "/bin"),), (), (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("pwd", ShellQueryKind.TEXT),
        ("echo a  b", ShellQueryKind.TEXT),
        ("echo $HOME", ShellQueryKind.OTHER),
        ("cat /etc/hostname", ShellQueryKind.FILES),
        ("cat hostname", ShellQueryKind.OTHER),
        ("gcc -m64 -mcmodel=large -print-libgcc-file-name", ShellQueryKind.TOOL),
        ("dirname `g++ -print-libgcc-file-name`", ShellQueryKind.TOOL),
        ("gcc -print-search-dirs | grep libraries | sed 's/.*=//'", ShellQueryKind.TOOL),
        ("command -v gcc", ShellQueryKind.TOOL),
        ("gcc -print-file-name=x.a || true", ShellQueryKind.TOOL),
        ("gcc -E file.c", ShellQueryKind.OTHER),
        ("grep x /etc/passwd", ShellQueryKind.TOOL),
        ("grep x relative/hosts", ShellQueryKind.OTHER),
        ("which gcc", ShellQueryKind.TOOL),
        ("git describe", ShellQueryKind.OTHER),
        ("date", ShellQueryKind.OTHER),
        ("find /x -name y", ShellQueryKind.OTHER),
        ("gcc -dumpmachine > out", ShellQueryKind.OTHER),
    ],
)
def test_what_a_command_asks(command: str, kind: ShellQueryKind) -> None:
    assert classify(command, "/").kind is kind


def test_echo_and_pwd_answers() -> None:
    assert classify("echo 'a  b' c", "/").text == b"a  b c\n"
    assert classify("pwd", "/some/where").text == b"/some/where\n"


def observed(path: Path) -> EvaluationScope:
    scope = EvaluationScope(Observatory({}))
    scope.read(str(path / "file"))
    scope.stat(str(path / "absent/deep"))
    scope.listdir(str(path))
    scope.getenv("X")
    return scope


def still_true(scope: EvaluationScope, environment: dict[str, str] | None = None) -> bool:
    seen = [scope._observatory.observation(number) for number in sorted(scope.seen)]
    later, cheaply = Observatory(environment or {}), Observatory(environment or {})
    one_by_one = all(later.renewed(one) is not None for one in seen)
    assert cheaply.all_same(merged(seen)) <= one_by_one, "what is merged proves what is not"
    return one_by_one


def test_observations_are_true_while_nothing_changes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    scope = observed(tmp_path)
    assert still_true(scope)
    os.utime(tmp_path / "file", (1, 1))  # touched, even backwards: the content counts
    assert still_true(scope)


def test_observations_notice_every_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    scope = observed(tmp_path)
    before = (tmp_path / "file").stat()
    (tmp_path / "file").write_text("y")
    os.utime(tmp_path / "file", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not still_true(scope)
    (tmp_path / "file").write_text("x")
    assert still_true(scope)
    (tmp_path / "absent").mkdir()
    assert not still_true(scope)
    (tmp_path / "absent").rmdir()
    assert still_true(scope)
    assert not still_true(scope, {"X": "1"})


def test_each_thing_is_looked_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    observatory = Observatory({})
    first = observatory.look((Look.READ, str(tmp_path / "file")))
    (tmp_path / "file").write_text("y")
    assert observatory.look((Look.READ, str(tmp_path / "file"))) == first
    assert observatory.answers[first] == b"x"


def test_a_listing_tells_what_each_look_would(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "directory").mkdir(parents=True)
    (tree / "file").write_text("")
    (tree / "link").symlink_to("file")
    (tree / "dangling").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    names = (
        "directory",
        "file",
        "link",
        "dangling",
        "pipe",
        "absent",
        "absent/below",
        ".",
        "file/",
    )
    kinds = {}
    for listed in (False, True):
        observatory = Observatory({})
        if listed:
            observatory.look((Look.LIST, str(tree)))
        for name in names:
            number = observatory.look((Look.KIND, f"{tree}/{name}"))
            kinds[name, listed] = observatory.observation(number)._replace(racy=False)
            assert kinds[name, listed].result == recall.kind_at(f"{tree}/{name}"), name
    assert [kinds[name, False] for name in names] == [kinds[name, True] for name in names]


def test_a_listing_is_forgotten_when_a_command_ran(tmp_path: Path) -> None:
    observatory = Observatory({})
    scope = EvaluationScope(observatory)
    assert scope.listdir(str(tmp_path)) == ()
    flags = ("-c",)
    scope.shell("touch new", shell="/bin/sh", flags=flags, cwd=str(tmp_path), env={"PATH": "/bin"})
    assert scope.stat(str(tmp_path / "new")) is not None


def test_own_directory_is_never_listed(tmp_path: Path) -> None:
    scope = EvaluationScope(Observatory({}, str(tmp_path)))
    assert scope.listdir(str(tmp_path)) == ()
    (tmp_path / "new").write_text("")
    assert scope.stat(str(tmp_path / "new")) is not None


def test_a_stamp_is_racy_until_the_file_clock_has_advanced() -> None:
    now = 10**18
    late, early = now - CLOCK_GRANULARITY_NS + 1, now - CLOCK_GRANULARITY_NS
    assert is_racy((late, early, 1, 2), now)
    assert is_racy((early, late, 1, 2), now), "the change time counts, too: it cannot be set back"
    assert not is_racy((early, early, 1, 2), now)
    assert is_racy((early, late, 3, 4), now)
    assert not is_racy((early, early, now, 4), now), "the inode of a directory is no time"


def seen(*key: str, began: int | None = None) -> Observation:
    """Return an observation, made by a call that began at `began` (now by default)."""
    observatory = Observatory({})
    if began is not None:
        observatory._started_ns = began
    return observatory.observation(observatory.look(key))


EARLIER = 0
"""When a call began that finds everything changed since."""


def later_call() -> int:
    """Return when a call begins for which nothing has changed lately."""
    return time.time_ns() + 10 * CLOCK_GRANULARITY_NS


def test_a_racy_observation_is_compared_by_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    racy = seen(Look.READ, str(path), began=EARLIER)
    assert racy.racy
    path.write_text("y")
    forged = racy._replace(stamp=(str(path), file_stamp(str(path))))
    assert Observatory({}).renewed(forged) is None
    assert Observatory({}).renewed(forged._replace(racy=False)) is not None, "the stamp is equal"


def test_an_equal_stamp_spares_the_comparison_and_another_one_is_taken_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    kept = seen(Look.READ, str(path), began=later_call())
    assert not kept.racy
    assert Observatory({}).renewed(kept) is kept
    os.utime(path, (1, 1))
    now = Observatory({}).renewed(kept)
    assert now is not None
    assert now.result == kept.result
    assert now.stamp == (str(path), file_stamp(str(path)))


def test_names_in_a_directory_are_merged_into_its_stamp(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    began = later_call()
    names = [seen(Look.KIND, str(tmp_path / name), began=began) for name in ("a", "b", "file")]
    absent = seen(Look.READ, str(tmp_path / "none"), began=began)
    content = seen(Look.READ, str(tmp_path / "file"), began=began)
    listed = seen(Look.LIST, str(tmp_path), began=began)
    variable = seen(Look.ENV, "X")
    fewer = merged([*names, absent, content, listed, variable])
    assert [one.key for one in fewer] == [
        (Look.DIRECTORY, str(tmp_path)),
        (Look.FILE, str(tmp_path / "file")),
        variable.key,
    ]
    assert Observatory({}).all_same(fewer)
    assert not Observatory({"X": "1"}).all_same(fewer)
    (tmp_path / "b").touch()
    assert not Observatory({}).all_same(fewer)


def test_racy_observations_are_not_merged(tmp_path: Path) -> None:
    racy = seen(Look.KIND, str(tmp_path / "a"), began=EARLIER)
    assert racy.racy
    assert merged([racy]) == [racy]


def test_a_stamp_alone_is_another_when_the_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    one = observe_file(str(path), later_call())
    assert Observatory({}).all_same([one])
    assert not Observatory({}).all_same([observe_file(str(path), EARLIER)]), "it proves nothing"
    path.unlink()
    assert not Observatory({}).all_same([one])
    assert not Observatory({}).all_same([observe_file(str(path), later_call())])


def test_the_own_directory_changes_all_the_time(tmp_path: Path) -> None:
    observatory = Observatory({}, str(tmp_path))
    observatory._started_ns = later_call()
    one = observatory.observation(observatory.look((Look.KIND, str(tmp_path / "a"))))
    assert one.stamp is None
    (tmp_path / "b").touch()
    assert Observatory({}, str(tmp_path)).renewed(one) is not None


def test_what_answers_rest_on_can_be_checked_by_stat_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    began = later_call()
    path, absent = str(tmp_path / "file"), str(tmp_path / "absent")
    link = tmp_path / "link"
    link.symlink_to("file")
    observations = [
        observe_file(path, began),
        observe_kind(absent),
        seen(Look.KIND, str(tmp_path / "b"), began=began),
        seen(Look.LIST, str(tmp_path), began=EARLIER),  # racy: the names themselves are compared
        seen(Look.REAL, str(link)),
        seen(Look.ENV, "X"),
    ]
    checks = checks_of(observations, began)
    assert checks == (
        {path: file_stamp(path)},
        {str(tmp_path): directory_stamp(str(tmp_path))},
        {absent: None},
        {str(link): path},
        {str(tmp_path): ("file", "link")},
    )
    assert recall.up_to_date(checks)
    (tmp_path / "absent").touch()
    assert not recall.up_to_date(checks)


@pytest.mark.parametrize("number", range(5))
def test_each_kind_of_check_alone_makes_an_answer_stale(tmp_path: Path, number: int) -> None:
    path = str(tmp_path)
    (tmp_path / "file").touch()
    true: recall.Checks = (
        {f"{path}/file": file_stamp(f"{path}/file") or ()},
        {path: directory_stamp(path) or ()},
        {f"{path}/file": "file", path: "directory", f"{path}/none": None},
        {f"{path}/file": f"{path}/file"},
        {path: ("file",)},
    )
    assert recall.up_to_date(true)
    wrong: tuple[dict[str, object], ...] = (
        {f"{path}/file": (1, 2, 3, 4)},
        {path: (1, 2)},
        {f"{path}/none": "file"},
        {f"{path}/file": f"{path}/other"},
        {path: ("file", "other")},
    )
    checks = tuple(wrong[number] if index == number else one for index, one in enumerate(true))
    assert not recall.up_to_date(checks)  # type: ignore[arg-type]  # a mixture


def test_what_is_not_certain_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    store = MemoryStore(tmp_path / "state")
    shell = (Look.SHELL, "date", "sh", ("-c",), "/", ())
    for doubtful in (
        observe_file(str(path), EARLIER),
        observe_file(str(tmp_path / "absent"), EARLIER),
        Observation(shell, (b"", 0), None),
        seen(Look.READ, str(path), began=EARLIER),
        Observation((Look.LIST, str(tmp_path)), "another digest"),
    ):
        assert not keep_answer(store, ("key",), [doubtful], EARLIER, [(1, "text")])
    assert not store.directory.exists()
    assert keep_answer(store, ("key",), [observe_kind(str(path))], EARLIER, [(1, "text")])


def test_a_record_of_another_form_or_a_damaged_one_counts_as_missing(tmp_path: Path) -> None:
    store = MemoryStore.of(tmp_path)
    assert store.read("a/b", "form 1") is None
    store.write("a/b", "form 1", ("data", 1))
    assert (tmp_path / "var/genode/a/b").is_file()
    assert store.read("a/b", "form 1") == ("data", 1)
    assert store.read("a/b", "form 2") is None
    whole = (store.directory / "a/b").read_bytes()
    for data in (whole[:-1], whole + b"x", b"", bytes([whole[0] ^ 1]) + whole[1:]):
        (store.directory / "a/b").write_bytes(data)
        assert store.read("a/b", "form 1") is None


def test_the_newest_records_of_a_group_are_kept(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    for number in range(5):
        store.write(f"group/{number}", "form", number)
        os.utime(tmp_path / f"group/{number}", (number, number))
    store.keep_newest("group", 2)
    assert sorted(path.name for path in (tmp_path / "group").iterdir()) == ["3", "4"]


def test_the_plan_of_a_call_is_found_until_something_changes(tmp_path: Path) -> None:
    plans = PlanCache(MemoryStore(tmp_path / "state"))
    (tmp_path / "file").write_text("x")
    one = observe_file(str(tmp_path / "file"), later_call())
    assert plans.find("key", Observatory({})) is None
    assert plans.last() is None
    plans.save("key", PLAN, [one])
    assert plans.find("key", Observatory({})) == (PLAN, [one])
    assert plans.last() is None
    plans.used("key")
    (tmp_path / "file").write_text("y")
    assert plans.find("key", Observatory({})) is None
    assert plans.last() == PLAN


def test_results_are_reused_per_configuration_and_with_the_stamps_of_now(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    store = MemoryStore(tmp_path / "state")

    def opened(identity: str) -> EvaluationCache:
        observatory = Observatory({})
        observatory._started_ns = later_call()
        return EvaluationCache(store, identity, observatory)

    cache = opened("linux")
    number = cache._observatory.look((Look.READ, str(path)))
    cache.put(("leaf", "one"), "result", [number])
    cache.save()
    assert opened("hw").get(("leaf", "one")) is None
    assert list(opened("hw").rivals(("leaf", "one"))) == ["result"]
    os.utime(path, (1, 1))
    cache = opened("linux")
    found = cache.get(("leaf", "one"))
    assert found is not None
    assert found[0] == "result"
    (now,) = cache.observations(found[1])
    assert now.stamp == (str(path), file_stamp(str(path)))
    cache.save()
    (kept,) = opened("linux")._kept
    assert Observation._make(kept) == now
    path.write_text("y")
    assert opened("linux").get(("leaf", "one")) is None
