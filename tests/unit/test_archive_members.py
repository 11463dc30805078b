"""Members of archives as the make language sees them: names, and headers in each format."""

from __future__ import annotations

import pytest

from genode_tool.errors import UserError
from genode_tool.makefile import archives


def header(name: str, size: int, date: int = 7) -> bytes:
    return f"{name:<16}{date:<12}{0:<6}{0:<6}{'100644':<8}{size:<10}`\n".encode()


def names(content: bytes) -> list[tuple[str, int]]:
    return [(one.name, one.date) for one in archives.members(content)]


LONG = "a_name_that_has_more_than_sixteen.o"
TABLE = f"{LONG}/\n".encode() + b"\n"


def test_gnu_format() -> None:
    content = (
        b"!<arch>\n"
        + header("/", 4)
        + b"\0\0\0\0"
        + header("//", len(TABLE))
        + TABLE
        + header("short.o/", 3, 11)
        + b"abc\n"
        + header("/0", 2, 12)
        + b"xy"
    )
    assert names(content) == [("short.o", 11), (LONG, 12)]


def test_bsd_format() -> None:
    symbols = b"__.SYMDEF SORTED\0\0\0\0"
    content = (
        b"!<arch>\n"
        + header(f"#1/{len(symbols)}", len(symbols) + 2)
        + symbols
        + b"--"
        + header("short.o", 2)
        + b"ab"
        + header("#1/36", 38, 13)
        + LONG.encode().ljust(36, b"\0")
        + b"xy"
    )
    assert names(content) == [("short.o", 7), (LONG, 13)]


def test_thin_archives_hold_headers_only() -> None:
    content = (
        b"!<thin>\n"
        + header("//", len(TABLE))
        + TABLE
        + header("/0", 1000, 5)
        + header("b.o/", 2000, 6)
    )
    assert names(content) == [(LONG, 5), ("b.o", 6)]


@pytest.mark.parametrize(
    "content", [b"", b"!<arch>", b"no archive at all", b"!<arch>\n" + b"x" * 80]
)
def test_what_is_no_archive_has_no_members(content: bytes) -> None:
    assert names(content) == []


def test_the_directory_of_a_member_does_not_count() -> None:
    content = b"!<arch>\n" + header("a.o/", 2) + b"ab"
    found = archives.find(content, "sub/a.o")
    assert found is not None
    assert archives.find(content, "b.o") is None
    assert archives.date_field(found, 99) == (24, b"99          ")


def test_names_of_members() -> None:
    assert archives.divide("lib.a(x.o)") == ("lib.a", "x.o")
    for name in ("lib.a", "(x)", "lib.a()", "lib.a(x", "x)"):
        assert archives.divide(name) is None
    with pytest.raises(UserError, match="unsupported feature"):
        archives.divide("lib.a((entry))")


def test_lists_of_members() -> None:
    listed = ["x", "l.a(a", "b", ".WAIT", "c)", "m.a(", "d", ")", "n.a(e", "f"]
    assert archives.separate_groups(listed) == [
        *("x", "l.a(a)", "l.a(b)", ".WAIT", "l.a(c)", "m.a(d)", "n.a(e", "f"),
    ]
