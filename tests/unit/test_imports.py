"""The house rules that a program can check; DESIGN's import direction above all."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "genode_tool"

# A room may import rooms of a lower floor, its own floor's only where named in SIDEWAYS.
FLOORS = {
    "errors": 0,
    "clean_start": 0,
    "deadline": 0,
    "decimal_number": 0,
    "record": -1,
    "regex": -1,
    "nearest": 0,
    "recall": 0,
    "resources": 0,
    "events": 1,
    "settings": 1,
    "programs": 1,
    "keeper": 1,
    "process": 1,
    "terminal_child": 1,
    "fork": 1,
    "files": 1,
    "scratch": 1,
    "locks": 1,
    "orphans": 1,
    "doctor": 2,
    "selftest": 2,
    "makefile": 2,
    "sandbox": 3,
    "tree": 3,
    "binary": 4,
    "config": 4,
    "ports": 4,
    "building": 5,
    "depot": 6,
    "run": 7,
    "toolchain": 7,
    "report": 8,
    "cli": 9,
    "__main__": 10,
}
SIDEWAYS = {
    ("events", "errors"),
    ("programs", "settings"),
    ("process", "programs"),
    ("process", "keeper"),
    ("process", "terminal_child"),
    ("terminal_child", "keeper"),
    ("fork", "keeper"),
    ("orphans", "keeper"),
    ("locks", "events"),
    ("locks", "files"),
    ("scratch", "files"),
    ("scratch", "keeper"),
}
PROCESS_PARTS = [PACKAGE / name for name in ("process.py", "terminal_child.py", "keeper.py")]
"""`process` and what it consists of: the keeper is a child, too."""

FLOORS_WITHIN: dict[str, dict[str, int]] = {
    "config": {
        "syntax": 0,
        "schema": 1,
        "system": 1,
        "routing": 2,
        "checks": 3,
        "examine": 4,
    },
    "ports": {
        "events": 0,
        "fetch": 0,
        "store": 0,
        "archive": 1,
        "description": 1,
        "patch": 1,
        "metadata": 2,
        "preparation": 2,
        "older_trees": 3,
        "sbom": 3,
        "spdx": 0,
    },
    "ports.fetch": {
        "addresses": -1,
        "environment": 0,
        "problems": 0,
        "source": 0,
        "cache": 1,
        "mirrors": 1,
        "progress": 1,
        "signature": 1,
        "policy": 2,
        "retry": 3,
        "transports": 3,
        "download": 4,
        "packages": 4,
        "repositories": 4,
        "fetcher": 5,
    },
    "settings": {
        "keys": 0,
        "layers": 0,
        "schema": 0,
        "toml_file": 0,
        "merge": 1,
        "binding": 2,
        "layered": 3,
        "selection": 4,
    },
    "toolchain": {
        "architectures": 0,
        "bootstrap": 1,
        "prefix": 1,
        "adopt": 2,
        "archive": 2,
        "check": 2,
        "newer_compiler": 0,
        "adaptations": 1,
        "choice": 3,
    },
    "toolchain.bootstrap": {
        "components": 0,
        "events": 0,
        "execution": 0,
        "install": 0,
        "versions": 0,
        "steps": 1,
        "prerequisites": 2,
        "request": 2,
        "build": 3,
    },
    "depot": {
        "archive": 0,
        "events": 1,
        "recipes": 1,
        "store": 1,
        "binaries": 2,
        "extraction": 2,
        "inspection": 3,
        "creation": 3,
        "forking": 4,
        "sculpt": 4,
        "publishing": 5,
    },
    "building": {
        "problems": 0,
        "progress_log": 0,
        "events": 1,
        "lock": 2,
        "memory": 2,
        "graph": 3,
        "ninja": 3,
        "clean": 4,
        "plan": 4,
        "ask": 5,
        "dry_run": 5,
        "builder": 6,
        "combined": 6,
    },
    "makefile": {
        "problems": 0,
        "words": 0,
        "shell_words": 0,
        "child": 0,
        "inputs": 1,
        "glob": 2,
        "archives": 3,
        "reading": 3,
        "variables": 4,
        "functions": 5,
        "rules": 5,
        "evaluator": 6,
        "executor": 7,
        "explain": 7,
        "__main__": 8,
    },
    "run.api": {
        "procedure": 0,
        "script": 1,
        "content": 2,
        "image": 2,
        "system": 3,
        "scenario": 4,
    },
    "run": {
        "options": 0,
        "plan": 0,
        "verdict": 0,
        "console": 0,
        "image": 0,
        "user_terminal": 0,
        "events": 1,
        "terminal_bridge": 1,
        "context": 2,
        "record": 2,
        "machine": 3,
        "boot": 4,
        "scenario": 4,
        "configuration": 5,
        "api": 6,
        "tcl": 7,
        "python_frontend": 8,
        "engine": 9,
        "inspection": 10,
    },
}
"""The floors of the modules and sub-rooms of a package (dotted below `genode_tool`).

What is on the same floor does not import each other; nothing imports the package itself.
"""

PAIRS: dict[frozenset[str], str] = {}
"""Pairs of modules of one room that import each other (dotted below `genode_tool`), and why."""

COPIES = [PACKAGE / name for name in ("fork.py", "sandbox/copy.py", "sandbox/trial.py")]
"""Start copies of the process, which must end without the original's clean-up."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path, root: Path = PACKAGE) -> str:
    """Return the dotted name of a module below `root`; a package's is that of its directory."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def import_graph(root: Path = PACKAGE) -> dict[str, set[str]]:
    """Return which modules each module imports, lazily and for types alone included.

    Names are dotted below `root`, which is `genode_tool`. A package that is imported only because
    a module in it is does not count.
    """
    paths = {name_of(path, root): path for path in sorted(root.rglob("*.py"))}
    graph: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for _, imported in imports(path, root.parent):
            found = imported.removeprefix(f"{root.name}.")
            if found != imported:
                while found not in paths and "." in found:  # a name in a module
                    found = found.rpartition(".")[0]
                if found in paths and found != name:
                    graph[name].add(found)
    return graph


def circles(graph: dict[str, set[str]]) -> list[frozenset[str]]:
    """Return the sets of modules that import each other, directly or not."""
    reached = {name: reachable(graph, name) for name in graph}
    found = {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in graph
        if name in reached[name]
    }
    return sorted(found, key=sorted)


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    pending = [start]
    while pending:
        for other in graph[pending.pop()] - found:
            found.add(other)
            pending.append(other)
    return found


def room_of(name: str) -> str:
    """`genode_tool.building.graph.model` is in the room `build`."""
    return name.split(".")[1] if "." in name else ""


def imports(path: Path, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """Every module that the file imports, at its top, in functions or for types alone."""
    package = path.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def test_every_room_has_a_floor() -> None:
    rooms = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in modules()}
    assert rooms - {"__init__"} <= set(FLOORS)


def test_imports_go_downwards_only() -> None:
    wrong = []
    for path in modules():
        room = path.relative_to(PACKAGE).with_suffix("").parts[0]
        if room == "__init__":
            continue
        for line, name in imports(path):
            other = room_of(name) if name.startswith("genode_tool.") else ""
            if other in ("", "__version__", room) or (room, other) in SIDEWAYS:
                continue
            if FLOORS[other] >= FLOORS[room]:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {room} imports {other}")
    assert wrong == []


def test_the_import_reader_sees_lazy_and_relative_imports(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    source = tmp_path / "room" / "sample.py"
    source.write_text(
        "def f():\n    from genode_tool import run\n    from . import a\n    import b.c\n"
    )
    seen = list(imports(source, tmp_path))
    assert seen == [(2, "genode_tool.run"), (3, "room.a"), (4, "b.c")]


def upward(package: str, floors: dict[str, int], graph: dict[str, set[str]]) -> list[str]:
    """Return the imports between the parts of a package that do not go down."""
    wrong = []
    for name, others in graph.items():
        if not name.startswith(f"{package}."):
            continue
        part = name.removeprefix(f"{package}.").partition(".")[0]
        for other in others:
            if other == package:
                wrong.append(f"{name} imports the package {package}")
            elif other.startswith(f"{package}."):
                below = other.removeprefix(f"{package}.").partition(".")[0]
                if below != part and floors[below] >= floors[part]:
                    wrong.append(f"{name} imports {other}")
    return wrong


@pytest.mark.parametrize("package", FLOORS_WITHIN)
def test_imports_within_a_package_go_downwards_only(package: str) -> None:
    floors, graph = FLOORS_WITHIN[package], import_graph()
    parts = {
        name.removeprefix(f"{package}.").partition(".")[0]
        for name in graph
        if name.startswith(f"{package}.")
    }
    assert parts == set(floors)
    assert upward(package, floors, graph) == []


def test_no_circles_but_pairs_within_a_room() -> None:
    found = circles(import_graph())
    wrong = [sorted(circle) for circle in found if circle not in PAIRS]
    assert wrong == []
    assert set(PAIRS) <= set(found), "a pair that is none any more"
    for pair in PAIRS:
        assert len(pair) == 2
        assert len({name.rpartition(".")[0] for name in pair}) == 1


def test_circles_and_upward_imports_are_seen(tmp_path: Path) -> None:
    root = tmp_path / "house"
    for name, text in {
        "__init__": "",
        "roof/__init__": "from house.cellar import a\n",
        "roof/b": "def f():\n    from house.roof import c\n",
        "roof/c": "from house.cellar.a import x\nfrom house import roof\n",
        "cellar/__init__": "",
        "cellar/a": "if TYPE_CHECKING:\n    from house.roof.b import y\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).with_suffix(".py").write_text(text)
    graph = import_graph(root)
    assert circles(graph) == [frozenset(("cellar.a", "roof", "roof.b", "roof.c"))]
    outer = {f"house.{name}": {f"house.{one}" for one in seen} for name, seen in graph.items()}
    assert upward("house", {"cellar": 0, "roof": 1}, outer) == [
        "house.cellar.a imports house.roof.b"
    ]
    assert upward("house.roof", {"b": 1, "c": 0}, outer) == [
        "house.roof.c imports the package house.roof"
    ]


def test_report_is_imported_by_cli_alone() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in modules()
        for _, name in imports(path)
        if name.startswith("genode_tool.report")
    }
    assert users <= {"cli", "report"}


def test_unit_tests_need_no_other_tests() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / "tests/unit").rglob("*.py"))
        for line, name in imports(path)
        if name.startswith("tests.") and name.split(".")[1] not in ("unit", "shared")
    ]
    assert wrong == []


STARTERS = {
    "subprocess": {"Popen", "run", "call", "check_call", "check_output", "getoutput"},
    "os": {"system", "popen", "fork", "forkpty", "execv", "execve", "execvp", "posix_spawn"},
    "pty": {"spawn", "fork"},
    "pexpect": {"spawn", "spawnu", "run", "runu"},
    "ptyprocess": {"PtyProcess", "PtyProcessUnicode"},
}


def starts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every place that starts a process, or imports what does by name.

    A class derived from `pexpect.spawn` is fine if it hands no command to it: the program is then
    started elsewhere.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            module, _, called = name.partition(".")
            if called.split(".")[0] in STARTERS.get(module, ()):
                yield node.lineno, name
        elif isinstance(node, ast.ImportFrom) and node.module in STARTERS:
            for alias in node.names:
                if alias.name in STARTERS[node.module]:
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base) for base in node.bases}
            if bases & {"pexpect.spawn", "ptyprocess.PtyProcess", "subprocess.Popen"} and not any(
                isinstance(call, ast.Call)
                and ast.unparse(call.func) == "super().__init__"
                and call.args
                and ast.unparse(call.args[0]) == "None"
                for call in ast.walk(node)
            ):
                yield node.lineno, node.name


def test_process_is_the_one_place_that_starts_processes() -> None:
    wrong = []
    for path in modules():
        if path not in (*PROCESS_PARTS, *COPIES):
            for line, name in starts(ast.parse(path.read_bytes())):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {name}")
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("subprocess.run(['x'])", ["subprocess.run"]),
        ("from subprocess import Popen, PIPE", ["Popen"]),
        ("ptyprocess.PtyProcess.spawn(['x'])", ["ptyprocess.PtyProcess.spawn"]),
        ("pexpect.spawn('x').close()", ["pexpect.spawn"]),
        ("class A(pexpect.spawn):\n def f(self):\n  super().__init__('x')", ["A"]),
        ("class A(pexpect.spawn):\n def f(self):\n  super().__init__(None, timeout=1)", []),
        ("pexpect.fdpexpect.fdspawn(1)", []),
    ],
)
def test_what_starts_a_process_is_found(text: str, found: list[str]) -> None:
    assert [name for _, name in starts(ast.parse(text))] == found


def test_nothing_below_the_command_line_ends_the_process_or_prints() -> None:
    wrong = []
    for path in modules():
        if path.relative_to(PACKAGE).parts[0] in ("cli", "__main__.py"):
            continue
        if path.name == "__main__.py" or path in COPIES:  # the former is a front end of its own
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "print",
                "exit",
                "quit",
                "sys.exit",
                "os._exit",
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.func)}")
    assert wrong == []


HEAVY = (
    "subprocess",
    "spdx_tools",
    "rich",
    "jinja2",
    "lxml",
    "elftools",
    "tkinter",
    "pexpect",
    "ninja",
    "asyncio",
    "urllib3",
)


def test_heavy_modules_are_not_loaded_for_help() -> None:
    import sys

    script = (
        "import sys; from genode_tool.cli.main import main; main(['--help']);"
        "print('\\n'.join(m for m in sys.modules), file=sys.stderr)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(shown.stderr.split())
    assert "click" in loaded
    assert not loaded & set(HEAVY)
    domains = {"building", "run", "tree", "makefile", "binary", "config"}
    assert not {name for name in loaded if room_of(name) in domains and "genode_tool" in name}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_tracked_files_speak_of_the_project_alone() -> None:
    # Spelt in parts, so that this file does not contain what it looks for. Paths of the
    # machines that people develop on, and hosts that a user's own configuration names.
    words = [
        "/wo" + "rk/(main|shared)",
        "/tmp" + "/(venv|up)/",
        "py" + r"pi\.org",
        "pythonhosted" + r"\.org",
        r"deb\.deb" + r"ian\.org",
    ]
    pattern = re.compile("|".join(words).encode())
    wrong = []
    for path in tracked():
        if path.is_file() and not path.is_symlink():
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                if pattern.search(line):
                    wrong.append(f"{path.relative_to(ROOT)}:{number}")
    assert wrong == []
