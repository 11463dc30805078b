"""The tool as a package: a wheel is built, installed into an environment of its own, and used.

Nothing is downloaded: the new environment sees the packages of the one that the tests run in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from genode_tool.building.ninja.program import own_ninja

CHECKOUT = Path(__file__).resolve().parents[2]
_SECONDS = 280
_LEFT_OUT = ("build", "contrib", ".*", "__pycache__", "*.egg-info")


def _run(*words: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env={**environment, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def _must(*words: str | Path, cwd: Path, **more: str) -> str:
    done = _run(*words, cwd=cwd, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout; building a package writes beside the sources."""
    copy = tmp_path_factory.mktemp("sources") / "genode"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return copy


def _wheel(sources: Path, place: Path) -> Path:
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir")
    _must(sys.executable, "-m", "pip", "wheel", *offline, "-w", place, sources, cwd=place)
    (wheel,) = place.glob("genode-*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _wheel(sources, tmp_path_factory.mktemp("wheel"))


class Installation:
    """The tool in an environment of its own, a home that is empty, and a tree."""

    def __init__(self, top: Path, wheel: Path) -> None:
        self.top = top
        self.environment = top / "environment"
        venv.EnvBuilder(with_pip=False, symlinks=True).create(self.environment)
        (site,) = self.environment.glob("lib/python*/site-packages")
        lines = [path for path in sys.path if path.endswith("-packages")]
        (site / "packages.pth").write_text("\n".join(lines) + "\n")
        install = ("--no-deps", "--no-index", "--no-cache-dir", "--ignore-installed")
        pip = (sys.executable, "-m", "pip", "--python", self.environment / "bin/python")
        _must(*pip, "install", *install, wheel, cwd=top)
        # pip would put ninja's program here, beside the interpreter.
        ninja = own_ninja()
        assert ninja is not None
        (self.environment / "bin/ninja").symlink_to(ninja.program)
        self.program = self.environment / "bin/genode"
        self.package = site / "genode_tool"
        self.tree = top / "tree"
        shutil.copytree(CHECKOUT / "repos", self.tree / "repos")
        self.home = top / "home"
        self.home.mkdir()

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        place = {"HOME": str(self.home), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
        return _run(self.program, *words, cwd=cwd or self.tree, **place)

    def must(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("installed"), wheel)


def _files_of_package() -> set[str]:
    names = {
        str(path.relative_to(CHECKOUT))
        for path in (CHECKOUT / "genode_tool").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return names | {f"genode_tool/etc/{path.name}" for path in (CHECKOUT / "etc").iterdir()}


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == _files_of_package()


def test_a_source_distribution_makes_the_same_wheel(
    sources: Path, wheel: Path, tmp_path: Path
) -> None:
    make = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    _must(sys.executable, "-c", make, tmp_path, cwd=sources)
    (archive,) = tmp_path.glob("genode-*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    (tmp_path / "unpacked").mkdir()
    # tar(1): the method of `tarfile` wants a filter from Python 3.14 on, and has none in 3.11.2.
    subprocess.run(["tar", "-xf", archive, "-C", tmp_path / "unpacked"], check=True)
    wanted = ("tool/genode", "tool/requirements.txt", "repos/base/run/log.run", "docs/README.md")
    assert {*wanted, "etc/boards.toml", "tests/conftest.py", "CHANGELOG.md"} <= names
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    (tmp_path / "wheel").mkdir()
    with (
        zipfile.ZipFile(_wheel(unpacked, tmp_path / "wheel")) as second,
        zipfile.ZipFile(wheel) as first,
    ):
        assert sorted(second.namelist()) == sorted(first.namelist())


def test_the_installed_tool_is_the_one_that_runs(installed: Installation) -> None:
    shown = json.loads(installed.must("settings", "boards.pc.machine", "--json"))
    assert shown[0]["file"] == str(installed.package / "etc/boards.toml")


def test_it_builds_and_runs_a_scenario_of_a_tree(installed: Installation) -> None:
    build = installed.tree / "build/x86_64"
    installed.must("create-builddir", "x86_64")
    assert f"GENODE ?= {installed.program}\n" in (build / "Makefile").read_text()
    assert "test/log" in installed.must("targets")
    assert "log" in installed.must("scenarios").split()
    made = _must("make", "-C", build, "test/log", "KERNEL=linux", cwd=installed.top)
    assert "test-log" in made
    ran = installed.run("run", "log", "--kernel", "linux")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (build / "var/run/log").is_dir()
    again = installed.run("run", "log", "timer", "--kernel", "linux", "--skip-build")
    assert "report.html" in again.stdout + again.stderr


@pytest.mark.skipif(shutil.which("x86_64-linux-gnu-g++") is None, reason="no compiler to adopt")
def test_it_adopts_and_checks_a_tool_chain(installed: Installation) -> None:
    installed.must("tool-chain", "adopt", "x86")
    assert (installed.home / ".local/share/genode/tool/adopted/bin/genode-x86-gcc").is_file()
    installed.must("tool-chain", "check", "x86")


@pytest.mark.parametrize(
    ("words", "wanted", "advice"),
    [
        (
            ("selftest",),
            "no tests in",
            "run `tool/genode selftest` in a checkout of the project",
        ),
        (
            ("run", "log"),
            "lies neither in a build directory nor in a source tree",
            "change to one, or name one with `genode -C DIR`",
        ),
        (
            ("create-builddir", "x86_64"),
            "no source tree to build",
            "name one with `genode -C DIR`",
        ),
    ],
)
def test_what_needs_a_tree_or_a_checkout_says_so(
    installed: Installation, words: tuple[str, ...], wanted: str, advice: str
) -> None:
    done = installed.run(*words, cwd=installed.top)
    assert (done.returncode, done.stdout) == (2, "")
    message, hint = done.stderr.splitlines()
    assert message.startswith("genode: error: ")
    assert wanted in message
    assert hint == f"  hint: {advice}"
