"""Names, versions, hashes and closures of archives."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.content import content_hash
from genode_tool.depot.archive.name import Archive, ArchiveType, parse_archive
from genode_tool.depot.archive.version import next_version
from genode_tool.errors import UserError
from tests.unit.depot_fixture import write_files

PKG, SRC, API, BIN = ArchiveType.PKG, ArchiveType.SRC, ArchiveType.API, ArchiveType.BIN


@pytest.mark.parametrize(
    ("path", "versioned", "archive"),
    [
        ("a/src/b", False, Archive("a", SRC, "b")),
        ("a/src/b/1", True, Archive("a", SRC, "b", "1")),
        ("a/bin/x86_64/b", False, Archive("a", BIN, "b", "", "x86_64")),
        ("a/bin/x86_64/b/1", True, Archive("a", BIN, "b", "1", "x86_64")),
        ("a/pkg/b/1", True, Archive("a", PKG, "b", "1")),
        ("a/pkg/x86_64/b", False, Archive("a", PKG, "b", "", "x86_64")),
        ("a/pkg/x86_64/b/1", True, Archive("a", PKG, "b", "1", "x86_64")),
        ("a//src/b/", False, Archive("a", SRC, "b")),
        ("../src/../../b", True, Archive("__", SRC, "__", "__")),
    ],
)
def test_names(path: str, versioned: bool, archive: Archive) -> None:
    if path.startswith(".."):
        path = path.removesuffix("/b")
    assert parse_archive(path, versioned=versioned) == archive


def test_four_elements_may_be_a_version_of_the_depot() -> None:
    seen: list[str] = []

    def known(archive: Archive) -> bool:
        seen.append(str(archive))
        return True

    found = parse_archive("a/pkg/b/2026-01-01", versioned=False, is_version=known)
    assert found == Archive("a", PKG, "b", "2026-01-01")
    assert seen == ["a/pkg/b/2026-01-01"]
    assert parse_archive("a/pkg/riscv/b", versioned=False, is_version=known).spec == "riscv"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a/src", "is not the name of an archive"),
        ("a/bin/x", "is not the name of a bin archive"),
        ("a/src/b/1/2", "is not the name of a src archive"),
        ("a/scr/b", "unknown archive type `scr`"),
    ],
)
def test_wrong_names(path: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_archive(path, versioned=False)


def test_the_parts_of_a_binary_package() -> None:
    package = parse_archive("a/pkg/x86_64/b/1", versioned=True)
    assert str(package.source) == "a/pkg/b/1"
    assert str(Archive("a", SRC, "c", "2").binary("x86_64")) == "a/bin/x86_64/c/2"
    assert Archive("a", BIN, "c", "2", "x86_64").recipe == (SRC, "c")


@pytest.mark.parametrize(
    ("current", "taken", "expected"),
    [
        ("2026-01-01", [], "2026-02-02"),
        ("2026-02-02", [], "2026-02-02-a"),
        ("2026-02-02-c", [], "2026-02-02-d"),
        ("2026-02-02-z", [], "2026-02-02-z-x"),
        ("7-x-x", [], "2026-02-02"),
        ("9999", [], "9999-x"),
        ("2026-01-01", ["2026-02-02", "2026-02-02-a"], "2026-02-02-b"),
        ("", [], "2026-02-02"),
    ],
)
def test_next_version(current: str, taken: Sequence[str], expected: str) -> None:
    assert next_version(current, "2026-02-02", lambda one: one not in taken) == expected


def original_hash(directory: Path) -> str:
    """Return the hash as the original defines it, by its own programs."""
    command = (
        "(find . -type f | LC_ALL=C sort; find . -type f | LC_ALL=C sort | xargs -d '\\n' cat)"
        " | sha1sum"
    )
    done = subprocess.run(
        ["sh", "-c", command], cwd=directory, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[0]


def test_the_hash_is_the_originals(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"b/x": "1", "b.c": "2", "b-d/ü": "3", "B": "", "a b": "4\n", "z/y/x/w": "5" * 9}
    )
    (tmp_path / "link").symlink_to("B")
    assert content_hash(str(tmp_path)).hash == original_hash(tmp_path)


def test_the_digest_sees_what_the_hash_does_not(tmp_path: Path) -> None:
    tops = [tmp_path / str(number) for number in range(5)]
    for top in tops:
        write_files(top, {"x": "ab", "y": "c"})
    write_files(tops[1], {"x": "a", "y": "bc"})
    (tops[2] / "x").chmod(0o755)
    (tops[3] / "l").symlink_to("x")
    (tops[4] / "d").mkdir()
    hashes = [content_hash(str(top)) for top in tops]
    assert len({one.hash for one in hashes}) == 1
    assert len({one.digest for one in hashes}) == 5


class Listed:
    """References in a dictionary."""

    def __init__(self, needs: dict[str, list[str]]) -> None:
        self.needs = needs

    def _of(self, archive: Archive) -> list[Archive]:
        found = self.needs.get(str(archive), [])
        return [parse_archive(one, versioned=True) for one in found]

    def members(self, package: Archive) -> Sequence[Archive]:
        return self._of(package)

    def interfaces(self, source: Archive) -> Sequence[Archive]:
        return self._of(source)

    def has_source(self, source: Archive) -> bool:
        return source.name != "paper"


def test_the_closure_of_a_binary_package() -> None:
    references = Listed(
        {
            "a/pkg/p/1": ["a/pkg/q/1", "a/src/s/1", "a/src/paper/1", "a/raw/r/1"],
            "a/pkg/q/1": ["a/src/t/1"],
            "a/src/s/1": ["a/api/i/1"],
            "a/src/t/1": ["a/api/i/1", "a/api/j/1"],
        }
    )
    root = parse_archive("a/pkg/x86_64/p/1", versioned=True)
    found = [str(one) for one in closure_of([root], references, debug=True).sorted()]
    assert found == [
        *("a/pkg/p/1", "a/pkg/q/1"),
        *("a/src/paper/1", "a/src/s/1", "a/src/t/1"),
        "a/raw/r/1",
        *("a/api/i/1", "a/api/j/1"),
        *("a/bin/x86_64/s/1", "a/bin/x86_64/t/1"),
        *("a/dbg/x86_64/s/1", "a/dbg/x86_64/t/1"),
    ]


def test_packages_come_after_those_that_they_list() -> None:
    references = Listed({"a/pkg/a/1": ["a/pkg/c/1"], "a/pkg/c/1": ["a/pkg/b/1"]})
    roots = [parse_archive(f"a/pkg/{name}/1", versioned=True) for name in "abc"]
    closure = closure_of(roots, references)
    assert [one.name for one in closure.packages_in_order()] == ["b", "c", "a"]
    needed = parse_archive("a/pkg/c/1", versioned=True)
    assert [str(one) for one in closure.needed_by(needed)] == ["a/pkg/a/1"]
