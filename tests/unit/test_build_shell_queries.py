"""Shell commands recognized by their text: what exactly their answers depend on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genode_tool.building.memory import shell_queries
from genode_tool.building.memory.shell_queries import (
    ShellQuery,
    ShellQueryKind,
    classify,
    program_path,
    search_directories,
)

OTHER: tuple[str, ...] = ()
"""Of a command that may depend on anything."""


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        ("gcc -print-libgcc-file-name", ("gcc",)),
        ("/opt/bin/x86-elf-g++-12.2 -dumpmachine", ("/opt/bin/x86-elf-g++-12.2",)),
        ("gcc -E - </dev/null", ("gcc",)),
        ("gcc -x c /dev/null 2>/dev/null", ("gcc",)),
        ("gcc -v 2>&1 | grep -c x", ("gcc", "grep")),
        ("gcc -x c++ file", OTHER),
        ("gcc -v > out", OTHER),
        ("gcc -v < in", OTHER),
        ("LC_ALL=C A=b gcc -v", ("gcc",)),
        ("A=b", OTHER),
        ("gcc -v; ld -v && as --version", ("as", "gcc", "ld")),
        ("(gcc -v)", ("gcc",)),
        ("gcc -v || echo no", ("gcc",)),
        ("gcc -v || date", OTHER),
        ("gccx -v", OTHER),
        ("dirname `gcc -v | head -1`/x", ("dirname", "gcc", "head")),
        ("dirname `date`", OTHER),
        ("gcc $FLAGS", OTHER),
        ("gcc '-D$X' -v", ("gcc",)),
        (r"gcc -D\$X -v", ("gcc",)),
        ("gcc 'unclosed", OTHER),
        ("command -v ld", ("ld",)),
        ("command -v ld as", OTHER),
        ("command ld", OTHER),
        ("which as", ("as",)),
        ("which as ld", OTHER),
        ("/usr/bin/which as", ("as",)),
        ("ldconfig -p", ("/etc/ld.so.cache", "ldconfig")),
        ("ldconfig", OTHER),
        ("pkg-config --libs sdl2", ("pkg-config",)),
        ("x86-pkgconf --libs sdl2", ("x86-pkgconf",)),
        ("pkg-config --libs ./sdl2.pc", OTHER),
        ("grep -c x /a /b", ("/a", "/b", "grep")),
        ("grep -e x /a", OTHER),  # the pattern is taken for a file
        ("grep -e /x /a", ("/a", "/x", "grep")),
        ("sed s/a/b/ /a", ("/a", "sed")),
        ("awk '{print}' a", OTHER),
        ("sed -f /script /a", ("/a", "/script", "sed")),
        ("sort /a", ("/a", "sort")),
        ("sort a", OTHER),
        ("tr a b", ("tr",)),
        ("basename a/b .c", ("basename",)),
        ("head -n 3 /a", ("/a", "head")),
        ("find /a", OTHER),
        ("ld -v | cut -c 1 | uniq -c | tail -n 1", ("cut", "ld", "tail", "uniq")),
        ("ld -v | awk '{print $1}'", ("awk", "ld")),
        ("true; false; :; printf x; ld -v", ("ld",)),
        ("ld -v && echo x > out", OTHER),
        ("ld -v && echo x >> out", OTHER),
        ("ld -v && echo x >&2", ("ld",)),
        ("ld -v && echo x 2>&1", ("ld",)),
        ("ld -v && echo $X", OTHER),
        ("ld -v && echo 'x' `as -v`", ("as", "ld")),
        ("ld -v && echo `date`", OTHER),
    ],
)
def test_the_programs_and_files_behind_an_answer(command: str, programs: tuple[str, ...]) -> None:
    kind = ShellQueryKind.TOOL if programs else ShellQueryKind.OTHER
    assert classify(f" {command}\n", "/d") == ShellQuery(kind, programs=programs)


@pytest.mark.parametrize(
    ("command", "query"),
    [
        (" pwd ", ShellQuery(ShellQueryKind.TEXT, text=b"/d\n")),
        ("echo", ShellQuery(ShellQueryKind.TEXT, text=b"\n")),
        ("echo 'a' \"b  c\"", ShellQuery(ShellQueryKind.TEXT, text=b"a b  c\n")),
        ("echo -n a", ShellQuery(ShellQueryKind.OTHER)),
        ("echo a > b", ShellQuery(ShellQueryKind.OTHER)),
        ("echo 'a", ShellQuery(ShellQueryKind.OTHER)),
        ("cat /a /b", ShellQuery(ShellQueryKind.FILES, files=("/a", "/b"))),
        ("cat /a b", ShellQuery(ShellQueryKind.OTHER)),
        ("cat", ShellQuery(ShellQueryKind.OTHER)),
        ("", ShellQuery(ShellQueryKind.OTHER)),
    ],
)
def test_answers_that_need_no_program(command: str, query: ShellQuery) -> None:
    assert classify(command, "/d") == query


def test_the_stamp_of_a_query_has_its_programs_and_files(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("12345")
    os.utime(file, ns=(7, 7))
    link.symlink_to(file)
    gone = str(tmp_path / "gone")
    query = ShellQuery(ShellQueryKind.TOOL, programs=(str(link), gone, "no-such-program"))
    found = file.stat()
    assert query.stamp({}) == (
        (str(link), str(file), 7, found.st_ctime_ns, 5, found.st_ino, found.st_dev),
        (gone, None),
        ("no-such-program", None),
    )
    for kind in set(ShellQueryKind) - {ShellQueryKind.TOOL}:
        assert ShellQuery(kind, programs=(str(link),)).stamp({}) is None


def test_package_descriptions_are_part_of_a_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own", "instead", "built-in"):
        (tmp_path / name).mkdir()
        for file in ("b.pc", "a.pc", "a.txt"):
            (tmp_path / name / file).touch()
    monkeypatch.setattr(
        shell_queries, "_built_in_places", lambda program, path: f"{tmp_path}/built-in:{path}"
    )
    query = ShellQuery(ShellQueryKind.TOOL, programs=("/x/pkg-config",))

    def places(**environment: str) -> list[str]:
        shell_queries._package_stamps.cache_clear()
        stamp = query.stamp(environment)
        assert stamp[0] == ("/x/pkg-config", None)
        return [name.removeprefix(f"{tmp_path}/") for name, *_ in stamp[1:]]

    def inside(name: str) -> list[str]:
        return [name, f"{name}/a.pc", f"{name}/b.pc"]

    own, instead = f"{tmp_path}/own", f"{tmp_path}/instead"
    assert places() == inside("built-in")
    assert places(PATH=f"{tmp_path}/gone") == [*inside("built-in"), "gone"]
    assert places(PKG_CONFIG_PATH=f"{own}::{own}") == [*inside("own"), *inside("built-in")]
    assert places(PKG_CONFIG_PATH=own, PKG_CONFIG_LIBDIR=instead) == [
        *inside("own"),
        *inside("instead"),
    ]
    shell_queries._package_stamps.cache_clear()


def test_where_a_program_is_searched_for(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.touch()
    tool.chmod(0o755)
    assert program_path("tool", f"/none:{tmp_path}") == str(tool)
    assert program_path("tool", "/none") is None
    assert program_path("/any/where", "/none") == "/any/where"
    assert search_directories("tool", "/a::/b") == ("/a", "/b")
    assert search_directories("/any/tool", "/a") == ()
    assert search_directories("any/tool", "/a") == ()
