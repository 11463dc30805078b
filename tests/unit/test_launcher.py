"""`tool/genode` in a copy of the tool with nothing to install and a stand-in for the tool."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from genode_tool.cli.setup.environment import is_complete, make
from genode_tool.errors import EnvironmentProblem
from tests.shared.waiting import until

ROOT = Path(__file__).resolve().parents[2]

# What the launcher hands over to in the end: shows what arrives.
STAND_IN = """
import sys

def main(words, prepare):
    print("ARGV", words)
    print("PREFIX", sys.prefix)
    print("BYTECODE", sys.pycache_prefix, sys.dont_write_bytecode)
    return 7
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in an odd path; its requirements are empty, so nothing is downloaded."""
    top = tmp_path / "a checkout $x #'\"é\nz"
    (top / "tool").mkdir(parents=True)
    for name in ("genode", "set_up.py", "start.py"):
        shutil.copy(ROOT / "tool" / name, top / "tool" / name)
    for package, own in (("genode_tool", "cli"), ("genode_tool/cli", "main.py")):
        (top / package).mkdir()
        for path in (ROOT / package).iterdir():
            if path.name not in (own, "__pycache__"):
                (top / package / path.name).symlink_to(path)
    (top / "genode_tool/cli/main.py").write_text(STAND_IN)
    for name in ("requirements.txt", "requirements-test.txt"):
        (top / "tool" / name).write_text(f"# nothing ({name})\n")
    return top


def environment(place: Path, **more: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GENODE_", "XDG_", "_GENODE"))
    }
    return kept | {"GENODE_HOME": str(place), "PYTHONDONTWRITEBYTECODE": "1"} | more


def launch(
    program: Path | str, *words: str, env: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *words], env=env, cwd=cwd, capture_output=True, text=True, timeout=200
    )


def listing(top: Path) -> set[str]:
    return {str(path.relative_to(top)) for path in top.rglob("*")}


def test_first_start_sets_up_and_later_starts_hand_over_at_once(
    checkout: Path, tmp_path: Path
) -> None:
    before = listing(checkout)
    env = environment(tmp_path / "my home")
    words = ["--color", "never", "run", "", "two words", "$HOME", "*"]
    first = launch(checkout / "tool/genode", *words, env=env, cwd=tmp_path)
    assert (first.returncode, first.stdout.splitlines()[0]) == (7, f"ARGV {words}")
    assert "setting up once" in first.stderr

    link = tmp_path / "link"
    link.symlink_to(os.path.relpath(checkout / "tool/genode", tmp_path))
    second = launch(link, "version", env=env, cwd=Path("/"))
    assert (second.returncode, second.stderr) == (7, "")
    argv, prefix, bytecode = second.stdout.splitlines()
    assert argv == "ARGV ['version']"
    assert prefix.startswith(f"PREFIX {tmp_path / 'my home'}/env-")
    # Byte code is cached although the caller's environment forbids it, but not in the checkout.
    assert bytecode == f"BYTECODE {prefix.removeprefix('PREFIX ')}/bytecode False"
    assert listing(checkout) == before


def test_other_requirements_get_an_environment_of_their_own(checkout: Path, tmp_path: Path) -> None:
    env = environment(tmp_path / "home")
    launch(checkout / "tool/genode", env=env)
    (noted,) = (tmp_path / "home").rglob("*.env")
    assert noted.read_text().strip() in launch(checkout / "tool/genode", env=env).stdout

    (checkout / "tool/requirements.txt").write_text("# others\n")
    moved = launch(checkout / "tool/genode", "two words", env=env)
    assert (moved.returncode, moved.stdout.splitlines()[0]) == (7, "ARGV ['two words']")
    assert "setting up once" in moved.stderr
    assert len(list((tmp_path / "home").glob("env-*"))) == 2

    # Whatever becomes of the note, the launcher finds the right environment.
    prefix = moved.stdout.splitlines()[1]
    for content in ("", "/nowhere\n", "/usr\n", "no newline", "two\nlines\n"):
        noted.write_text(content)
        again = launch(checkout / "tool/genode", env=env)
        assert (again.returncode, again.stdout.splitlines()[1], again.stderr) == (7, prefix, "")
        assert noted.read_text().strip() == prefix.removeprefix("PREFIX ")


def test_two_first_starts_at_once_make_one_environment(checkout: Path, tmp_path: Path) -> None:
    env = environment(tmp_path / "home")
    both = [
        subprocess.Popen(
            ["/bin/sh", "tool/genode", str(number)],
            env=env,
            cwd=checkout,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    outputs = [child.communicate(timeout=200) for child in both]
    assert [child.returncode for child in both] == [7, 7]
    assert [out.splitlines()[0] for out, _ in outputs] == ["ARGV ['1']", "ARGV ['2']"]
    assert "".join(err for _, err in outputs).count("setting up once") == 1


def test_an_interrupted_set_up_is_replaced(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = environment(home)
    child = subprocess.Popen(
        [checkout / "tool/genode"], env=env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until(lambda: list(home.glob("env-*/bin/python")), "the interpreter of the environment")
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    (left,) = home.glob("env-*")
    assert not (left / "stamp").exists()
    (left / "left over").touch()
    done = launch(checkout / "tool/genode", env=env)
    assert done.returncode == 7
    assert not (left / "left over").exists()
    made = left.with_suffix("")
    assert (made / "stamp").read_text() == "# nothing (requirements.txt)\n"
    pip = (made / "bin/pip").read_text().splitlines()[:2]
    assert str(made) in pip[0] + pip[1] and left.name not in pip[0] + pip[1]


def test_a_pip_that_goes_on_after_its_set_up_was_killed_is_no_obstacle(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    left = tmp_path / "home/env-1.killed"
    over = threading.Event()

    def go_on() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            with contextlib.suppress(FileNotFoundError):
                left.mkdir(parents=True, exist_ok=True)
                (left / str(number)).touch()

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        until(left.exists, "the directory of the set-up that was killed")
        make(tmp_path / "home/env-1", requirements)
    finally:
        over.set()
        writer.join()
    assert is_complete(tmp_path / "home/env-1", requirements)
    make(tmp_path / "home/env-2", requirements)
    assert not left.exists()


def test_a_set_up_that_fails_leaves_nothing(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("no such package at all\n")
    with pytest.raises(EnvironmentProblem, match="pip cannot install"):
        make(tmp_path / "home/env-1", requirements)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["lock"]


def refusal(checkout: Path, *words: str, env: dict[str, str]) -> str:
    done = launch(checkout / "tool/genode", *words, env=env)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_a_python_that_does_not_do_is_refused(checkout: Path, tmp_path: Path) -> None:
    env = environment(tmp_path, GENODE_PYTHON="/bin/false")
    assert "GENODE_PYTHON=/bin/false is not Python 3.11" in refusal(checkout, env=env)


def test_a_place_that_cannot_be_written_is_named(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    message = refusal(checkout, env=environment(tmp_path / "file" / "home"))
    assert f"cannot set up the private environment in {tmp_path}/file/home" in message
    assert "hint: GENODE_HOME=DIR" in message


def test_missing_programs_are_named_with_the_one_command_to_type(
    checkout: Path, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cmp", "cksum", "cat", "readlink", "apt-get"):
        (programs / name).symlink_to(shutil.which(name) or "/bin/false")
    home = tmp_path / "home"
    env = environment(home, PATH=str(programs), GENODE_NO_INSTALL="1", GENODE_PYTHON=sys.executable)
    message = refusal(checkout, "run", "log", env=env)
    assert "missing programs: bash, g++, gcc, ld" in message
    assert "install --no-install-recommends -y bash g++ gcc binutils" in message
    assert not home.exists()


def test_pins_are_exact_hashed_and_the_same_for_tests() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "tool" / name).read_text().replace("\\\n", "")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert all("--hash=sha256:" in line for line in lines)
        requirements = [line.split()[0] for line in lines]
        return dict(one.split("==") for one in requirements)

    run, test = pins("requirements.txt"), pins("requirements-test.txt")
    assert run.items() <= test.items()
    assert {"click", "jinja2", "lxml", "ninja", "pexpect", "pyelftools", "rich"} <= set(run)
    assert {"mypy", "pytest", "pytest-xdist", "ruff"} <= set(test)
