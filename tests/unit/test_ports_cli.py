"""The commands about ports, and how the preparation looks."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shlex
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool.cli.main import COMPLETION, main
from genode_tool.errors import UserError
from genode_tool.events import Event, Note
from genode_tool.ports.events import (
    PortEvent,
    PortFinished,
    PortOutcome,
    PortsFinished,
    PortStarted,
    PortStep,
)
from genode_tool.ports.fetch.progress import Activity, ActivityProgress
from genode_tool.report.ports import PortVoice
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import terminal
from genode_tool.tree import create_builddir
from genode_tool.tree.blank_alias import without_blanks
from genode_tool.tree.source_tree import SourceTree

_PORT = """\
LICENSE := MIT
VERSION := 1.0
DOWNLOADS := {name}.archive
URL({name}) := http://example.org/{name}.tar
SHA({name}) := {sha}
DIR({name}) := src/{name}
"""

Genode = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "tree"
    for directory in ("repos/base/mk", "repos/base-linux", "repos/libports/ports", "mirror"):
        (top / directory).mkdir(parents=True)
    for name in ("global.mk", "a.mk"):
        (top / "repos/base/mk" / name).touch()
    for name in ("one", "two"):
        path = top / f"mirror/{name}.tar"
        with tarfile.open(path, "w") as archive:
            member = tarfile.TarInfo(f"{name}-1/a.c")
            member.size = 7
            archive.addfile(member, io.BytesIO(b"int a;\n"))
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        text = _PORT.format(name=name, sha=sha)
        (top / f"repos/libports/ports/{name}.port").write_text(text)
    monkeypatch.chdir(top)
    monkeypatch.setenv("GENODE_CONTRIB_MIRRORS", shlex.quote(str(top / "mirror")))
    for name in ("CONTRIB_DIR", "GENODE_CONTRIB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return top


@pytest.fixture
def genode(tree: Path, capsys: pytest.CaptureFixture[str]) -> Genode:
    def call(*words: str) -> tuple[int, str, str]:
        code = main([*words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    assert call("-q", "port", "update-hash", "one", "two")[0] == 0
    return call


def test_from_description_to_directory_and_back(genode: Genode, tree: Path) -> None:
    assert genode("port", "list") == (0, "one\ntwo\n", "")
    code, path, _ = genode("port", "current", "one")
    place = Path(path.strip())
    assert (code, os.path.realpath(place.parent)) == (0, str(tree / "contrib"))
    code, out, err = genode("prepare", "PKG=one two", "-j2", "--offline")
    assert (code, err) == (0, "")
    assert "one              extract one.tar\n" in out
    assert "genode: 2 ports prepared (" in out
    assert (place / "src/one/a.c").read_text() == "int a;\n"
    assert json.loads(genode("port", "list", "--json", "o*")[1])[0]["state"] == "prepared"
    assert "1 port already prepared" in genode("prepare", "one")[1]
    code, out, _ = genode("clean", "PKG=one")
    assert (code, out) == (0, f"genode: removed {place}\n")
    assert genode("clean", "one")[1] == "genode: nothing to remove\n"
    assert genode("port", "list", f"REPOSITORIES={tree}/repos/base")[1] == ""


def test_a_cache_filled_elsewhere_is_enough(
    genode: Genode, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENODE_CONTRIB_CACHE", str(tree / "carried"))
    code, out, _ = genode("prepare", "one", "two", "--download-only")
    assert code == 0
    assert "genode: 2 ports downloaded (" in out
    assert not list((tree / "contrib").glob("*-*"))
    assert len(list((tree / "carried").glob("*_*.tar"))) == 2
    monkeypatch.delenv("GENODE_CONTRIB_CACHE")
    monkeypatch.setenv("GENODE_CONTRIB_MIRRORS", shlex.quote(str(tree / "carried")))
    assert genode("prepare", "one", "two", "--offline")[0] == 0


def test_a_build_directory_says_where_ports_go(
    genode: Genode, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SourceTree.at(tree)
    path = create_builddir("x86_64", tree / "build/mine", tree=found)
    conf = path / "etc/build.conf"
    conf.write_text(
        conf.read_text().replace("$(GENODE_DIR)/contrib\n", f"{without_blanks(tree)}/elsewhere\n")
    )
    monkeypatch.chdir(path)
    assert genode("prepare", "one")[::2] == (0, "")
    (place,) = (tree / "elsewhere").glob("one-*")
    assert os.path.realpath(genode("port", "current", "one")[1].strip()) == str(place)
    monkeypatch.chdir(tree)
    found_from_outside = genode("port", "current", "one", f"BUILD_DIR={path}")[1]
    assert os.path.realpath(found_from_outside.strip()) == str(place)


def test_info_and_hashes(genode: Genode, tree: Path) -> None:
    assert genode("port", "info", "one")[1] == (
        "PORT:     one\nLICENSE:  MIT\nVERSION:  1.0\n"
        "SOURCE:   http://example.org/one.tar (one)\n\n"
    )
    assert genode("port", "check")[:2] == (0, "genode: 2 of 2 hash files are current\n")
    path = tree / "repos/libports/ports/one.port"
    path.write_text(path.read_text() + "# changed\n")
    code, out, _ = genode("port", "check")
    computed = genode("port", "hash", "one")[1].strip()
    assert code == 1
    assert f"is {computed}\n" in out
    code, _, err = genode("prepare", "one")
    assert (code, err) == (2, "")
    assert genode("port", "update-hash", "one")[1].startswith(f"one {computed} (was ")
    assert genode("port", "check")[0] == 0
    path.write_text("DOWNLOADS := $(error no)\n")
    code, out, _ = genode("port", "check")  # a description that is wrong is not the end
    assert code == 2
    assert "one.port:1:14: error: no" in out
    assert out.endswith("genode: 1 of 2 hash files are current\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("prepare",), "no port is named"),
        (("clean",), "no port is named"),
        (("prepare", "oen"), "no such port: `oen`"),
        (("prepare", "one", "PAKG=one"), "unknown variable `PAKG`"),
        (("prepare", "--all-missing"), "--all-missing means the last build"),
        (("port", "info", "tow"), "no such port: `tow`"),
        (("port", "list", "x*"), "no port matches `x*`"),
        (("port", "sbom", "a", "b"), "wanted one scenario, 2 are given: a b"),
    ],
)
def test_wrong_calls(genode: Genode, words: tuple[str, ...], message: str) -> None:
    code, _, err = genode(*words)
    assert code == 2
    assert message in err


def test_ports_are_completed(
    genode: Genode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(COMPLETION, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "genode prepare PKG=t")
    monkeypatch.setenv("COMP_CWORD", "2")
    main([])
    assert "PKG=two" in capsys.readouterr().out


def test_older_trees_are_prepared_by_their_makefiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "base/mk").mkdir(parents=True)
    for name in ("global.mk", "lib.mk"):
        (tmp_path / "base/mk" / name).touch()
    ports = tmp_path / "libports/ports"
    ports.mkdir(parents=True)
    (tmp_path / "libports/Makefile").write_text(
        "CONTRIB_DIR = contrib\nPKG ?= all\ninclude $(addprefix ports/,$(addsuffix .mk,$(PKG)))\n"
        "prepare: $(addprefix prepare-,$(PKG))\nclean: $(addprefix clean-,$(PKG))\n"
    )
    (ports / "zlib.mk").write_text(
        "prepare-zlib: download/zlib.tar\n\tmkdir -p $(CONTRIB_DIR)\n"
        "\tcp $< $(CONTRIB_DIR)/zlib\nclean-zlib:\n\trm $(CONTRIB_DIR)/zlib\n"
        "download/zlib.tar:\n\twget -c -P download http://example.org/zlib.tar && touch $@\n"
    )
    (ports / "bad.mk").write_text("prepare-bad:\n\t@echo reason\n\t@false\n")
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "zlib.tar").write_text("content")
    monkeypatch.setenv("GENODE_CONTRIB_MIRRORS", shlex.quote(str(mirror)))
    monkeypatch.chdir(tmp_path)
    assert main(["prepare", "PKG=zlib", "--offline"]) == 0
    assert (tmp_path / "libports/contrib/zlib").read_text() == "content"
    assert main(["clean", "zlib"]) == 0
    assert not (tmp_path / "libports/contrib/zlib").exists()
    capsys.readouterr()
    assert main(["prepare", "bad"]) == 1
    assert "  reason\n" in capsys.readouterr().out
    assert main(["port", "info", "zlib"]) == 2
    assert "has no port descriptions" in capsys.readouterr().err
    assert main(["port", "list"]) == 0
    assert capsys.readouterr().out == "bad\nzlib\n"


def test_how_events_look() -> None:
    voice = PortVoice(2)
    screen = terminal(io.StringIO())

    def lines(event: Event, verbosity: int = 0) -> list[str] | None:
        return voice.lines_of(event, screen, verbosity)

    path = Path("/c/z-1")
    wrong = UserError("no such patch", hint="look")
    assert lines(PortStep("z", "download", "http://x/y")) == [
        "    z                download http://x/y"
    ]
    assert lines(PortStep("z", "download", "http://x/y"), -1) == []
    assert lines(PortStarted("z", "1", 2)) == ["genode: z: resuming, 2 steps done before"]
    assert lines(PortStarted("z", "1")) == []
    assert lines(PortEvent("z", Note("odd", "warning"))) == ["genode: warning: z: odd"]
    assert lines(PortEvent("z", Note("fine", "detail"))) == []
    assert lines(PortFinished("z", PortOutcome.PREPARED, path, 1.25)) == [
        "genode: z prepared in 1.2 s"
    ]
    assert lines(PortFinished("z", PortOutcome.PRESENT, path, 0.1)) == []
    assert lines(PortFinished("z", PortOutcome.FAILED, None, 1, wrong, Path("/c/z.log"))) == [
        "genode: error: no such patch",
        "  hint: look",
        "  log: /c/z.log",
    ]
    assert lines(PortsFinished(1, 2, ("b",), 3.0, ("c",))) == [
        "genode: 1 port prepared; 2 ports already prepared; failed: b; not tried: c (3.0 s)"
    ]
    assert lines(Event()) is None


def test_the_bottom_line_tells_what_all_ports_are_doing() -> None:
    voice = PortVoice(3)
    voice.status_of(PortStep("a", "extract", "/x/a.tar"))
    progress = ActivityProgress("b.archive", Activity.DOWNLOAD, 1_500_000, 3_000_000, 500_000.0)
    assert voice.status_of(PortEvent("b", progress)) == Status(
        "a: extract a.tar · b: download 1.5 MB of 3.0 MB, 500.0 kB/s", 0, 3
    )
    done = PortFinished("a", PortOutcome.PREPARED, None, 1.0)
    assert voice.status_of(done) == Status("b: download 1.5 MB of 3.0 MB, 500.0 kB/s", 1, 3)
    assert voice.status_of(PortsFinished(3, 0, (), 1.0)) == Status()
