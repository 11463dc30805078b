"""The settings: layers, origins, and what is wrong in a file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, GenodeError, UserError
from genode_tool.resources import shipped_settings
from genode_tool.settings.keys import parse_key, shown_key
from genode_tool.settings.layered import LayeredSettings
from genode_tool.settings.layers import Layer, layers_of
from genode_tool.settings.schema.topics import TOPICS
from genode_tool.settings.toml_file import read_toml


class Places:
    """Layers below a temporary directory; the first is the tool's own."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.layers = (
            Layer("tool", shipped_settings()),
            Layer("site", top / "site"),
            Layer("user", top / "user"),
            Layer("tree", top / "tree", of_machine=False),
            Layer("build directory", top / "build", of_machine=False),
        )

    def write(self, name: str, text: str) -> Path:
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    @property
    def settings(self) -> LayeredSettings:
        return LayeredSettings(self.layers)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def failure(places: Places, topic: str = "boards") -> GenodeError:
    with pytest.raises(GenodeError) as caught:
        list(places.settings.entries(topic))
    return caught.value


@pytest.mark.parametrize("topic", TOPICS)
def test_what_the_tool_comes_with_is_right(topic: str) -> None:
    own = LayeredSettings(layers_of()[:1])
    assert {entry.layer for entry in own.entries(topic)} == {"tool"}


def test_no_two_files_have_a_table_of_the_same_name() -> None:
    tables = [
        name
        for topic in TOPICS
        for name in tomllib.loads((shipped_settings() / f"{topic}.toml").read_text())
    ]
    assert len(tables) == len(set(tables))


def test_a_later_layer_changes_single_keys(places: Places) -> None:
    places.write("site/boards.toml", "[boards.pc]\nmemory = 512\ncpu = 'host'\n")
    places.write("user/boards.toml", "[boards.pc]\nmemory = 1024\n")
    places.write("tree/boards.toml", "[boards.mine]\nmachine = 'none'\n")
    boards = places.settings.boards.boards
    assert (boards["pc"].memory, boards["pc"].cpu, boards["pc"].machine) == (1024, "host", "q35")
    assert boards["mine"].machine == "none"
    assert boards["pbxa9"].memory == 768


@pytest.mark.parametrize("last", ["site", "user", "tree", "build"])
def test_the_order_of_the_layers(places: Places, last: str) -> None:
    order = ["site", "user", "tree", "build"]
    for number, name in enumerate(order[: order.index(last) + 1], 1):
        places.write(f"{name}/run.toml", f"[run]\nretries = {number}\n")
    assert places.settings.runs.run.retries == order.index(last) + 1


def test_arrays_are_replaced(places: Places) -> None:
    places.write("site/mirrors.toml", "[mirrors]\ngnu = ['file:///mirror']\n")
    assert places.settings.mirrors.mirrors.gnu == ("file:///mirror",)


def test_every_value_has_its_file_and_line(places: Places) -> None:
    path = places.write(
        "user/run.toml",
        '# a comment\n[run]\nswitches = [\n    "a",  # [x]\n    "retries = 1",\n]\nretries = 2\n',
    )
    entries = {shown_key(one.path): one for one in places.settings.entries("run")}
    assert str(entries["run.switches"].location) == f"{path}:3"
    assert str(entries["run.retries"].location) == f"{path}:7"
    assert entries["run.retries"].layer == "user"
    shipped = shipped_settings() / "run.toml"
    lines = shipped.read_text().splitlines()
    where = entries["run.attempts"].location
    assert (where.file, lines[where.line - 1]) == (str(shipped), "attempts = 3")


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a = 1\n\nb.c = 2", ("b", "c"), 3),
        ("[x.'y z']\n# [n]\nk = '''\nk2 = 1\n'''\nl = 1\n", ("x", "y z", "l"), 6),
        ("[x]\r\nk = [\r\n1,\r\n]\r\nl = {m = 1}\r\n", ("x", "l", "m"), 5),
        ("[a]\n[a.b]\nc = 1", ("a", "b"), 2),
        ('[a] # "\nb = """\n[c]\nd = 1"""\nd = 1', ("a", "d"), 5),
    ],
)
def test_the_line_of_a_key(tmp_path: Path, text: str, key: tuple[str, ...], line: int) -> None:
    (tmp_path / "x.toml").write_bytes(text.encode())
    file = read_toml(tmp_path / "x.toml")
    assert file
    assert file.location(key).line == line


def test_an_unknown_key_comes_with_the_nearest(places: Places) -> None:
    path = places.write("user/boards.toml", "[boards.pc]\ncpu = 'x'\nmemroy = 1\n")
    error = failure(places)
    assert isinstance(error, UserError)
    assert str(error) == f"{path}:3: no such setting: `boards.pc.memroy`"
    assert error.hint == "did you mean `memory`?"


def test_an_unknown_table_comes_with_the_nearest(places: Places) -> None:
    path = places.write("user/boards.toml", "\n[board.pc]\nmemory = 1\n")
    error = failure(places)
    assert str(error) == f"{path}:2: no such setting: `board`"
    assert error.hint == "did you mean `boards`?"


def test_an_unknown_file_comes_with_the_nearest(places: Places) -> None:
    path = places.write("user/board.toml", "")
    error = failure(places)
    assert str(error) == f"no such settings file: {path}"
    assert error.hint == "did you mean `boards.toml`?"


@pytest.mark.parametrize(
    ("topic", "text", "message"),
    [
        ("boards", "boards.pc.memory = '1G'", '`boards.pc.memory` is "1G": wanted a whole number'),
        ("boards", "boards.pc.memory = true", "`boards.pc.memory` is true: wanted a whole number"),
        ("boards", "boards.pc.memory = -1", "`boards.pc.memory` is -1: wanted 0 or more"),
        ("boards", "boards.pc.cpu = 5", "`boards.pc.cpu` is 5: wanted a string"),
        ("boards", "boards.pc.log_serial = 3", "`boards.pc.log_serial` is 3: wanted 1 or 2"),
        ("boards", "boards.pc = 'x'", '`boards.pc` is "x": wanted a table'),
        ("boards", "boards = 1", "`boards` is 1: wanted a table"),
        ("boards", "boards.pc.cpu.x = 1", "`boards.pc.cpu` is a table: wanted a string"),
        ("boards", "boards.pc.arguments = '-x'", '`boards.pc.arguments` is "-x": wanted an array'),
        ("boards", "boards.pc.arguments = [1]", "`boards.pc.arguments` is 1: wanted a string"),
        ("run", "run.screenshot = 1", "`run.screenshot` is 1: wanted true or false"),
        ("run", "run.timeout_scale = 0", "`run.timeout_scale` is 0: wanted a number above 0"),
        ("run", "run.timeout_scale = 'x'", '`run.timeout_scale` is "x": wanted a number'),
        ("tool_chains", "tool_chains.9.gcc = '1'", "`tool_chains.9` has no `binutils`"),
        (
            "tool_chains",
            "archives.x = 'abc'",
            '`archives.x` is "abc": wanted a SHA-256 (or SHA-1) as hexadecimal digits',
        ),
        (
            "programs",
            "programs.build.gcc.kind = 'files'",
            '`programs.build.gcc.kind` is "files": wanted "command" or "Python module" or'
            ' "C header" or "file"',
        ),
    ],
)
def test_a_value_of_another_type(places: Places, topic: str, text: str, message: str) -> None:
    path = places.write(f"user/{topic}.toml", f"\n\n{text}\n")
    assert str(failure(places, topic)) == f"{path}:3: {message}"


@pytest.mark.parametrize(
    ("text", "where"),
    [("a = \n", "1:5"), ("[x]\na = 1\na = 2\n", "3:6"), ("[x]\na = '''\n", "3"), ("x y", "1:3")],
)
def test_broken_toml(places: Places, text: str, where: str) -> None:
    path = places.write("user/boards.toml", text)
    error = failure(places)
    assert isinstance(error, UserError)
    assert str(error).startswith(f"{path}:{where}: broken TOML: ")
    assert "(at " not in str(error)


def test_text_that_is_not_utf_8(places: Places) -> None:
    path = places.write("user/boards.toml", "")
    path.write_bytes(b"# a\n# \xff\n")
    assert str(failure(places)) == f"{path}:2: not UTF-8 text"


def test_a_file_that_cannot_be_read(places: Places) -> None:
    (places.top / "user/boards.toml").mkdir(parents=True)
    error = failure(places)
    assert isinstance(error, EnvironmentProblem)
    assert "cannot read" in str(error)


def test_only_the_file_that_is_needed_is_read(places: Places) -> None:
    places.write("user/programs.toml", "broken")
    settings = places.settings
    assert settings.boards.boards["pc"].machine == "q35"
    with pytest.raises(UserError, match="broken TOML"):
        _ = settings.programs


def test_a_source_tree_does_not_name_packages_to_install(places: Places) -> None:
    text = "[programs.build.gcc]\npackages.debian = 'evil'\n"
    places.write("tree/programs.toml", text)
    places.write("build/programs.toml", text)
    packages = places.settings.programs.programs["build"]["gcc"].packages
    assert "evil" not in packages.values()
    places.write("user/programs.toml", text)
    packages = places.settings.programs.programs["build"]["gcc"].packages
    assert packages["debian"] == "evil"


def test_the_places_of_the_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    found = layers_of(Path("/tree"), Path("/build"))
    assert [str(one.directory) for one in found[1:]] == [
        "/etc/genode",
        f"{tmp_path}/genode",
        "/tree/etc/genode",
        "/build/etc/genode",
    ]
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")  # must be ignored, says the specification
    monkeypatch.setenv("HOME", "/home/somebody")
    assert str(layers_of()[2].directory) == "/home/somebody/.config/genode"


@pytest.mark.parametrize("path", [("a", "b-c", "d_1"), ("tool_chains", "25.05", "gcc"), ("a b",)])
def test_keys_are_written_as_they_are_read(path: tuple[str, ...]) -> None:
    assert parse_key(shown_key(path)) == path


@pytest.mark.parametrize("text", ["", "a.", "a b", "a = 1\nb"])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(UserError, match="is not a key"):
        parse_key(text)
