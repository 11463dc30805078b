"""The file commands that this process carries out, beside those of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.depot.extraction.file_commands import FileCommands
from genode_tool.depot.extraction.observations import SourceObservations, Stamps
from genode_tool.depot.extraction.shell_line import read_line
from genode_tool.depot.extraction.stage import OutsideArchive, Stage
from tests.unit.depot_fixture import write_files

LINES = [
    "cp a b",
    "cp a dir",
    "cp a dir/",
    "cp a new/",
    "cp a c d dir",
    "cp a c nowhere",
    "cp -r dir new",
    "cp -r dir other",
    "cp -r dir other/",
    "cp -r dir/ other/",
    "cp -r dir/. other",
    "cp -r dir/* other/",
    "cp -r dir a",
    "cp -r a other",
    "cp dir other",
    "cp -r a missing c other",
    "cp -a link other",
    "cp -r link other",
    "cp link other/copy",
    "cp -r links new",
    "cp -a dir new",
    "cp -R dir other",
    "cp other/deep/f a",
    "cp -r other/deep dir",
    "cp run new",
    "cp -r $OUT/tree new",
    "cp -r $OUT/tree/* dir",
    "cp -r $OUT/*/x dir",
    "cp $OUT/tree/x $OUT/tree/y dir/",
    "cp $OUT/nothing dir",
    "cp a 'b b'; cp c \"d d\"",
    "cp dir/.hidden new",
    "mkdir new",
    "mkdir dir",
    "mkdir new/deep",
    "mkdir -p new/deep dir a1",
    "mkdir -p a/b",
    "mkdir -p new/../other/x/ ./new2//y/.",
    "mkdir -p dir/new/../../n3/deep; cp a n3/deep/; mkdir -p n3/deep/er/st; cp c n3/deep/er",
    "mkdir new/",
    "mkdir -p new; ln -s dir new/l; mkdir -p new/l/m/n; cp a new/l/m/n",
    "mkdir a/../new",
    "cp a b;",
    "  touch b;touch d  ",
    "touch new a",
    "touch nowhere/x",
    "ln -s a new",
    "ln -s a dir",
    "ln -s a c",
    "ln -sf a c",
    "ln -s /nowhere/x dir/y",
    "mv a b",
    "mv a dir",
    "mv a c dir/",
    "mv dir other",
    "mv dir new",
    "mv a missing dir",
    "mv other/deep/f .",
    "mv a c",
    "rm a",
    "rm a missing c",
    "rm -f a missing",
    "rm dir",
    "rm -r dir a",
    "rm -rf dir/* missing",
    "rm -rf dir/ link",
    "echo a b   c > new",
    "echo 'a  b' >> a",
    'echo "x # y" > a; echo z >> a',
    "echo > new",
    "echo x > dir",
    "echo x > nowhere/y",
    "echo x=y > new",
    "mkdir -p new && cp a new && rm a",
    "cp missing x && rm a",
    "cp missing x; rm a",
    "cp a* new_dir",
    "cp ?  dir",
    "cp *nothing* dir",
    "cp '*' dir",
]


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    top = tmp_path / "stage"
    write_files(
        top,
        {
            "a": "A",
            "c": "C",
            "run": "R",
            "dir/e": "E",
            "dir/.hidden": "H",
            "dir/sub/f": "F",
            "other/dir/e": "old",
            "other/deep/f": "DF",
            "links/x": "X",
        },
    )
    (top / "run").chmod(0o755)
    (top / "link").symlink_to("dir")
    (top / "links/y").symlink_to("x")
    write_files(tmp_path / "out", {"tree/x": "TX", "tree/y": "TY", "tree/z/w": "TW"})
    return top


def content(top: Path) -> dict[str, tuple[str, str, bool]]:
    found = {}
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()), False)
        elif path.is_dir():
            found[name] = ("directory", "", False)
        else:
            found[name] = ("file", path.read_text(), bool(path.stat().st_mode & 0o100))
    return found


def commands(top: Path, said: list[str]) -> FileCommands:
    real = os.path.realpath(top)
    return FileCommands(Stage(real, SourceObservations(Stamps()), said.append))


@pytest.mark.parametrize("line", LINES)
def test_like_the_programs(stage: Path, line: str) -> None:
    line = line.replace("$OUT", str(stage.parent / "out"))
    theirs = stage.parent / "theirs"
    shutil.copytree(stage, theirs, symlinks=True)
    done = subprocess.run(["sh", "-c", line], cwd=theirs, capture_output=True, check=False)
    said: list[str] = []
    status = commands(stage, said).run(line)
    assert content(stage) == content(theirs)
    assert bool(status) == bool(done.returncode)
    assert bool(said) == bool(done.stderr)


@pytest.mark.parametrize(
    "line",
    [
        "cp a b | cat",
        "cp $(ls) b",
        "cp `ls` b",
        "(cp a b)",
        "cp ~/x b",
        "cp {a,b} dir",
        "cp [ab] dir",
        "cp a b &",
        "cp a b || true",
        "cp a b 2>/dev/null",
        "cp a b < c",
        "cp a b # comment",
        "cp --verbose a b",
        "cp -l a b",
        "ln a b",
        "mkdir -m 7 x",
        "sed s/a/b/ a",
        "for i in a; do cp $i b; done",
        "! cp a b",
        "echo -n x > y",
        "echo 'a\\n' > y",
        "X=1 cp a b",
        "cp a b; sed x",
        "if cp a b; then c; fi",
        "cp 'a b",
        "",
    ],
)
def test_what_takes_a_shell_changes_nothing_here(stage: Path, line: str) -> None:
    before = content(stage)
    assert commands(stage, []).run(line) is None
    assert content(stage) == before


def test_copies_keep_times(stage: Path) -> None:
    source = stage.parent / "out/tree/x"
    os.utime(source, (1e9, 1e9))
    assert commands(stage, []).run(f"cp -r {source.parent} new") == 0
    assert (stage / "new/x").stat().st_mtime == 1e9


@pytest.mark.parametrize(
    "line",
    [
        "cp a $OUT/new",
        "cp a ../x",
        "cp -r dir $OUT",
        "cp a out_link/new",
        "cp a file_link",
        "echo x > $OUT/tree/x",
        "echo x > file_link",
        "mkdir -p $OUT/a/b",
        "mkdir out_link/a",
        "mkdir -p new/../../new",
        "touch ../x",
        "touch file_link",
        "rm $OUT/tree/x",
        "rm -rf $OUT/tree",
        "rm -rf out_link/tree",
        "mv $OUT/tree/x dir",
        "mv a $OUT",
        "ln -s a $OUT/new",
    ],
)
def test_nothing_is_written_elsewhere(stage: Path, line: str) -> None:
    out = stage.parent / "out"
    (stage / "out_link").symlink_to(out)
    (stage / "file_link").symlink_to(out / "tree/x")
    before = content(stage.parent)
    with pytest.raises(OutsideArchive):
        commands(stage, []).run(line.replace("$OUT", str(out)))
    assert content(stage.parent) == before


def test_no_directory_is_made_elsewhere_by_going_up(stage: Path) -> None:
    out = stage.parent / "out"
    (stage / "out_link").symlink_to(out)
    before = content(out)
    with pytest.raises(OutsideArchive):
        commands(stage, []).run("mkdir -p new/../out_link/new")
    assert content(out) == before


def test_what_is_read_elsewhere_is_noted(stage: Path) -> None:
    out = stage.parent / "out"
    runner = commands(stage, [])
    assert runner.run(f"cp -r {out}/tree new; cp {out}/tree/* dir") == 1  # z is a directory
    files, directories, *_ = runner.stage.seen.checks()
    assert set(files) == {f"{out}/tree/{name}" for name in ("x", "y", "z/w")}
    assert set(directories) == {f"{out}/tree", f"{out}/tree/z"}


def test_words() -> None:
    calls = read_line("cp 'x*'/* \"a b\" > c && d")
    assert calls is not None
    assert [(word.text, word.pattern) for word in calls[0].words] == [
        ("cp", ""),
        ("x*/*", "x[*]/*"),
        ("a b", ""),
    ]
    assert (calls[0].into, calls[1].on_success) == ("c", True)
