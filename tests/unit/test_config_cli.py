"""`genode config` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genode_tool.cli.main import main
from genode_tool.config import Syntax
from genode_tool.config.syntax.hid_reader import read_hid
from genode_tool.config.syntax.write import document_text

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """config
+ parent-provides
  + service ROM
  + service PD
  + service CPU
  + service LOG
+ default-route   | + any-service | + parent
+ start timer | ram: 1M | + provides | + service Timer
+ start app   | ram: 8M
  + route
    + service Timer | + child tmer
    + any-service   | + parent
-
"""
FIXED = CONFIG.replace("tmer", "timer")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my.hid"
    path.write_text(CONFIG)
    return path


Capture = pytest.CaptureFixture[str]


def test_check_shows_the_line_and_a_guess(file: Path, capsys: Capture) -> None:
    assert main(["config", "check", "my.hid"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("my.hid:8:50: warning: no route leads to the service Timer")
    said = said[3:]
    assert said[0] == (
        "my.hid:11:31: warning: the route of Timer leads to `tmer`, but there is no such child"
        " [init -> app]"
    )
    assert said[1].endswith(CONFIG.splitlines()[10])
    assert said[2].index("^") == said[1].index("tmer")
    assert said[3].strip() == "hint: did you mean `timer`?"
    assert main(["config", "check", "my.hid", "--strict"]) == 1
    capsys.readouterr()
    file.write_text(FIXED)
    assert main(["config", "check", "my.hid"]) == 0
    assert capsys.readouterr().out == "genode: my.hid: nothing wrong\n"


def test_check_as_json_and_of_what_is_no_file(file: Path, capsys: Capture) -> None:
    assert main(["config", "check", str(file), "--json"]) == 0
    finding = json.loads(capsys.readouterr().out)[1]
    assert (finding["line"], finding["column"], finding["kind"]) == (11, 31, "no child")
    assert finding["path"] == "init -> app"
    assert main(["config", "check", "absent.hid"]) == 2
    file.write_bytes(b"config\xff\n-\n")
    assert main(["config", "check", str(file)]) == 2
    said = capsys.readouterr().err
    assert "no such file: absent.hid" in said
    assert "not UTF-8 text" in said


def test_a_malformed_file_is_one_message(file: Path, capsys: Capture) -> None:
    file.write_text("config\n+ a |b\n")
    assert main(["config", "check", "my.hid"]) == 1
    assert "my.hid:2:5: error: not well-formed HID: a stray `|`" in capsys.readouterr().out
    for command in (["routes"], ["graph"], ["format"], ["convert"], ["get", "config | : a"]):
        assert main(["config", *command, "my.hid"]) == 2, command
        said = capsys.readouterr()
        assert said.err.startswith("my.hid:2:5: error:")
        assert said.out == ""


def test_routes(file: Path, capsys: Capture) -> None:
    file.write_text(FIXED)
    assert main(["config", "routes", "my.hid", "--from", "app"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("init\n  app\n    CPU    parent       wildcard, my.hid:12:7\n")
    assert said.endswith("    Timer  child timer  my.hid:11:15\n")
    assert main(["config", "routes", "my.hid", "--from", "ap"]) == 2
    assert "did you mean `app`?" in capsys.readouterr().err
    assert main(["config", "routes", "my.hid", "--from", "app", "--service", "Timer",
                 "--label", "x"]) == 0  # fmt: skip
    assert "init: app: Timer -> child timer (label 'app -> x')" in capsys.readouterr().out
    assert main(["config", "routes", "my.hid", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["server"] for one in found if one["service"] == "Timer"] == [None, "timer"]


def test_graph_writes_a_file(file: Path, capsys: Capture) -> None:
    assert main(["config", "graph", "my.hid", "-o", "out.svg"]) == 0
    assert (file.parent / "out.svg").read_text().startswith("<svg ")
    assert capsys.readouterr().out == "genode: wrote out.svg\n"
    assert main(["config", "graph", "my.hid", "--format", "dot"]) == 0
    assert capsys.readouterr().out.startswith("digraph")


def test_convert_there_and_back(file: Path, capsys: Capture) -> None:
    assert main(["config", "convert", "my.hid"]) == 0
    xml = capsys.readouterr().out
    assert '<start name="timer" ram="1M">' in xml
    (file.parent / "my.xml").write_text(xml)
    assert main(["config", "convert", "my.xml"]) == 0
    hid = capsys.readouterr().out
    assert read_hid(hid, "f").root.meaning == read_hid(CONFIG, "f").root.meaning
    assert main(["config", "format", "-i", "my.hid"]) == 0
    assert file.read_text() == hid


def test_get_set_remove_enable_disable(file: Path, capsys: Capture) -> None:
    def call(*words: str) -> str:
        assert main(["config", *words]) == 0, words
        return capsys.readouterr().out

    assert call("get", "config | + start | : name", "my.hid") == "timer\napp\n"
    assert main(["config", "get", "config | + start | : nmae", "my.hid"]) == 1
    call("set", "-i", "config | + start app | : ram: 16M | caps: 100", "my.hid")
    assert call("get", "config | + start app | : ram", "my.hid") == "16M\n"
    assert "caps: 100" in file.read_text()
    call("disable", "-i", "config | + start app", "my.hid")
    assert "x start app" in file.read_text()
    call("enable", "-i", "config | + start app", "my.hid")
    assert "+ start app" in call("subnodes", "config | + start app", "my.hid").replace(
        "start app", "+ start app"
    )
    call("remove", "-i", "config | + start app | + route", "my.hid")
    assert "+ route" not in file.read_text()
    assert main(["config", "remove", "config", "my.hid"]) == 2
    assert "cannot be removed" in capsys.readouterr().err
    before = file.read_text()
    assert main(["config", "set", "-i", "config | + nothing | : a: 1", "my.hid"]) == 2
    assert file.read_text() == before


def test_hid_in_our_own_tree_is_checked_by_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(ROOT / "repos")
    text = "config | verbose: maybe\n+ start a | ram: 1M\n  + binary b\n+ bogus\n-\n"
    path = tmp_path / "my.hid"
    path.write_text(text)
    assert main(["config", "check", str(path)]) == 1
    hid = capsys.readouterr().out
    path.write_text(document_text(read_hid(text, "it", None), Syntax.XML))
    assert main(["config", "check", str(path)]) == 1
    xml = capsys.readouterr().out

    def messages(out: str) -> list[str]:
        return [line.partition("error: ")[2] for line in out.splitlines() if "error: " in line]

    assert messages(hid) == messages(xml) and len(messages(hid)) == 3
    assert "`ram`?" not in hid  # no suggestion of the same name
    monkeypatch.chdir(tmp_path)  # HID is the framework's where no tree says otherwise
    path.write_text(text)
    assert main(["config", "check", str(path)]) == 0


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("+ a | b: 1 | b: 2", "2:14", "the attribute `b` is given twice"),
        ("+ a | b: \x01", "2:7", "the character U+0001"),
        ("+ a\n  : text\x0b", "3:3", "the character U+000B"),
        ("+ a\n  . comment\x02", "3:3", "the character U+0002"),
    ],
)
def test_what_xml_cannot_express_is_refused_at_its_place(
    file: Path, capsys: Capture, line: str, place: str, words: str
) -> None:
    file.write_text(f"config\n{line}\n-\n")
    assert main(["config", "convert", "my.hid"]) == 2
    said = capsys.readouterr()
    assert f"my.hid:{place}: error: not expressible in XML: {words}" in said.err
    assert not said.out


def test_an_edit_that_would_break_the_file_names_the_edit_not_a_place(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "my.xml"
    path.write_text('<config><start name="a"/></config>')
    edit = "config | + start a | : q: a\x01b"
    assert main(["config", "set", "-i", edit, str(path)]) == 2
    said = capsys.readouterr().err
    assert f"would make {path} not well-formed XML: invalid char" in said and "my.xml:1" not in said
    assert path.read_text() == '<config><start name="a"/></config>'
