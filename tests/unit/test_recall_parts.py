"""The parts of `recall`, each called by itself: words, keys, places, records, checks, output."""

from __future__ import annotations

import itertools
import os
import pty
import sys
import termios
import time
from hashlib import blake2b
from pathlib import Path

import pytest

from genode_tool import recall

WORDS = ["make", "app/one"]
NO_CHECKS: recall.Checks = ({}, {}, {}, {}, {})


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["make", "app/one"], "make"),
        (["-v", "--color", "never", "graph", "x"], "graph"),
        (["-C", "make", "run"], "run"),
        (["--directory", "make", "graph"], "graph"),
        (["--directory=x", "make"], "make"),
        (["-C", "a", "-C", "b", "make"], "make"),
        (["-v"], ""),
        ([], ""),
        (["-C", "make"], ""),
    ],
)
def test_the_command_is_the_first_word_that_belongs_to_no_option(
    words: list[str], command: str
) -> None:
    assert recall.command_of(words) == command


def test_calls_have_the_same_key_when_they_get_the_same_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "environ", {"A": "1", "B": "2"})
    key = recall.key_of(WORDS, "/d")
    monkeypatch.setattr(os, "environ", {"B": "2", "A": "1"})
    assert recall.key_of(WORDS, "/d") == key
    volatile = {"_": "x", "OLDPWD": "x", "PWD": "x", "SHLVL": "x"}
    monkeypatch.setattr(os, "environ", {"A": "1", "B": "2", **volatile})
    assert recall.key_of(WORDS, "/d") == key
    assert recall.key_of([*WORDS, "-v"], "/d") != key
    assert recall.key_of(WORDS, "/e") != key
    for other in ({"A": "1"}, {"A": "1", "B": "3"}, {"A": "2", "B": "1"}):
        monkeypatch.setattr(os, "environ", other)
        assert recall.key_of(WORDS, "/d") != key


@pytest.mark.parametrize(("owner", "name"), [(sys, "executable"), (recall, "__file__")])
def test_another_tool_or_interpreter_has_other_keys(
    owner: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = recall.key_of(WORDS, "/d")
    monkeypatch.setattr(owner, name, "/another")
    assert recall.key_of(WORDS, "/d") != key


@pytest.mark.parametrize("descriptor", [1, 2])
def test_what_is_printed_depends_on_the_size_of_both_terminals(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {1: (80, 24), 2: (80, 24)}
    monkeypatch.setattr(recall, "_size", sizes.get)
    key = recall.key_of(WORDS, "/d")
    sizes[descriptor] = (81, 24)
    assert recall.key_of(WORDS, "/d") != key


def test_the_size_of_a_terminal() -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    assert recall._size(theirs) == (80, 24)
    os.close(ours)
    assert recall._size(theirs) is None, "nobody is at the other end"
    os.close(theirs)
    reading, writing = os.pipe()
    assert recall._size(reading) is None
    os.close(reading)
    os.close(writing)
    assert recall._size(reading) is None


def test_the_name_of_an_answer_is_a_short_digest_of_its_key() -> None:
    names = {recall.name_of((text,)) for text in ("a", "b", "\udcff")}
    assert len(names) == 3
    assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in names)
    assert recall.name_of(("a",)) == recall.name_of(("a",))


def test_a_record_is_sealed_against_every_kind_of_damage() -> None:
    data = ("form", {"a": (1, None)}, [(1, "text")])
    content = recall.sealed(data)
    assert recall.unsealed(content) == data
    for index in range(len(content)):
        wrong = bytearray(content)
        wrong[index] ^= 1
        for damaged in (bytes(wrong), content[:index]):
            with pytest.raises(ValueError, match="damaged"):
                recall.unsealed(damaged)


def test_the_seal_of_records_on_disk_is_as_before() -> None:
    """Another one would make everything that earlier calls have cached count as damaged."""
    content = recall.sealed("x")
    assert content[:16] == blake2b(content[16:], digest_size=16).digest()
    assert len(recall._digest("x")) == 32


def test_build_directories_are_looked_for_where_words_say_and_above() -> None:
    assert recall.places(["make"], "/a/b") == [
        "/a/b",
        "/a/b/build/x86_64",
        "/a/b/depot",
        "/a",
        "/a/build/x86_64",
        "/a/depot",
        "/",
        "//build/x86_64",
        "//depot",
    ]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["make", "BUILD_DIR=out"], ["/a/out", "/a"]),
        (["make", "BUILD_DIR=/out", "BUILD_DIR=b"], ["/out", "/a/b", "/a"]),
        (["-C", "b", "make", "BUILD_DIR=out"], ["/a/b/out", "/a/b"]),
        (["--directory", "/x", "make"], ["/x", "/x/build/x86_64"]),
        (["-C", "b", "-C", "c", "make"], ["/a/b/c", "/a/b/c/build/x86_64"]),
        (["make", "-C"], ["/a", "/a/build/x86_64"]),
    ],
)
def test_words_that_name_a_build_directory(words: list[str], first: list[str]) -> None:
    assert recall.places(words, "/a")[: len(first)] == first


def record(build: Path, words: list[str], **other: object) -> Path:
    """Cache an answer of a call in the current directory; `other` differs from what is valid."""
    key = recall.key_of(words, str(Path.cwd()))
    answer = {
        "form": recall.FORM,
        "key": key,
        "checks": NO_CHECKS,
        "parts": [(1, f"done in {recall.SECONDS} s\n"), (2, "note\n")],
        "code": 0,
        **other,
    }
    path = build / recall.DIRECTORY / recall.name_of(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (answer["form"], tuple(answer[one] for one in ("key", "checks", "parts", "code")))
    path.write_bytes(recall.sealed(data))
    return path


@pytest.mark.parametrize("command", ["make", "graph"])
@pytest.mark.parametrize("place", ["", "build/x86_64", "..", "../build/x86_64"])
def test_a_valid_answer_is_replayed(
    command: str,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    record(here / place, [command, "x"])
    monkeypatch.setattr(time, "monotonic", lambda: 103.456)
    assert recall.replay([command, "x"], 101.0) == 0
    assert capfd.readouterr() == ("done in 2.46 s\n", "note\n")


@pytest.mark.parametrize(
    "other",
    [
        {"form": "answer 1"},
        {"key": ("another",)},
        {"checks": ({"/gone": (1, 1, 1, 1)}, {}, {}, {}, {})},
        {"checks": ({}, {}, {})},
        {"checks": 1},
    ],
)
def test_no_other_answer_is_replayed(
    other: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    record(tmp_path, WORDS, **other)
    assert recall.replay(WORDS, 0) is None
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_no_answer_is_not_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = record(tmp_path, WORDS)
    seal = blake2b(b"", digest_size=16).digest()
    for content in (b"", b"x", recall.sealed(1), recall.sealed((1, 2, 3)), recall.sealed(()), seal):
        path.write_bytes(content)
        assert recall.replay(WORDS, 0) is None
    path.unlink()
    path.mkdir()
    assert recall.replay(WORDS, 0) is None


def test_an_answer_that_is_stale_does_not_hide_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    record(inner, WORDS, form="answer 1")
    record(tmp_path, WORDS)
    assert recall.replay(WORDS, time.monotonic()) == 0
    assert capfd.readouterr().err == "note\n"


def test_other_commands_have_no_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["run", "make"], ["-v"], []):
        record(tmp_path, words)
        assert recall.replay(words, 0) is None


def test_a_current_directory_that_is_gone_has_no_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert recall.replay(WORDS, 0) is None
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("number", range(5))
def test_each_part_of_a_files_stamp_counts(tmp_path: Path, number: int) -> None:
    path = tmp_path / "file"
    path.touch()
    found = path.stat()
    times = [found.st_mtime_ns, found.st_ctime_ns]
    stamp = [*times, found.st_size, found.st_ino, found.st_dev]
    assert recall.up_to_date(({str(path): tuple(stamp)}, {}, {}, {}, {}))
    stamp[number] += 1
    assert not recall.up_to_date(({str(path): tuple(stamp)}, {}, {}, {}, {}))


@pytest.mark.parametrize("number", range(4))
def test_each_part_of_a_directorys_stamp_counts(tmp_path: Path, number: int) -> None:
    found = tmp_path.stat()
    stamp = [found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev]
    assert recall.up_to_date(({}, {str(tmp_path): tuple(stamp)}, {}, {}, {}))
    stamp[number] += 1
    assert not recall.up_to_date(({}, {str(tmp_path): tuple(stamp)}, {}, {}, {}))


def test_the_names_in_a_directory_count_in_any_order(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / name).touch()
    for had, same in ((("a", "b", "c"), True), (("a", "b"), False), (("a", "b", "c", "d"), False)):
        assert recall.up_to_date(({}, {}, {}, {}, {str(tmp_path): had})) is same


def test_what_cannot_be_looked_at_is_not_up_to_date(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert not recall.up_to_date(({gone: (1, 1, 1, 1)}, {}, {}, {}, {}))
    assert not recall.up_to_date(({}, {gone: (1, 1)}, {}, {}, {}))
    assert not recall.up_to_date(({}, {}, {}, {}, {gone: ()}))


def test_the_kinds_of_what_is_at_a_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    for name in ("file", "fifo", "gone"):
        (tmp_path / f"link to {name}").symlink_to(name)
    kinds = {"file": "file", "fifo": "other", "gone": None, "": "directory", "file/x": None}
    for name, kind in kinds.items():
        assert recall.kind_at(str(tmp_path / name)) == kind
    for name in ("file", "fifo", "gone"):
        assert recall.kind_at(str(tmp_path / f"link to {name}")) == kinds[name]
    assert recall.kind_at("no\0path") is None


def test_everything_is_written_however_little_the_reader_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[tuple[int, bytes]] = []
    most = itertools.cycle((1, 3, 2))

    def write(descriptor: int, data: bytes) -> int:
        count = min(next(most), len(data))
        written.append((descriptor, data[:count]))
        return count

    monkeypatch.setattr(os, "write", write)
    assert recall._print([(1, "a long text \udcff"), (2, ""), (2, "note")], 0) == 0
    assert b"".join(data for descriptor, data in written if descriptor == 1) == b"a long text \xff"
    assert b"".join(data for descriptor, data in written if descriptor == 2) == b"note"
    assert [descriptor for descriptor, _ in written] == sorted(one for one, _ in written)


def test_a_reader_that_has_gone_ends_the_call_as_in_a_shell() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert recall._print([(writing, "text")], 0) == 141
    os.close(writing)


def test_an_answer_has_the_exit_code_of_its_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    record(tmp_path, ["depot", "status"], code=1)
    assert recall.replay(["depot", "status"], time.monotonic()) == 1


@pytest.mark.parametrize(
    ("words", "shows"),
    [
        (["targets", "x"], True),
        (["-q", "-C", "x", "scenarios"], True),
        (["config", "check", "log"], True),
        (["config", "set", "log"], False),
        (["config"], False),
        (["port", "list"], True),
        (["port", "update-hash", "x"], False),
        (["run", "log", "--plan"], True),
        (["run", "log"], False),
        (["make", "targets"], False),
        (["depot", "status"], True),
        (["depot", "build"], False),
        ([], False),
    ],
)
def test_which_calls_only_show_something(words: list[str], shows: bool) -> None:
    assert recall.only_shows(words) is shows


def test_a_run_is_never_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    record(tmp_path, ["run", "log"])
    assert recall.replay(["run", "log"], time.monotonic()) is None
