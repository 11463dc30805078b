"""Checks of the tool itself, for `genode selftest`: lint, types, dead code, then the tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from genode_tool import clean_start, process
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Note, Sink
from genode_tool.resources import IMPORT_ROOT, checkout
from genode_tool.scratch import scratch_directory

_CHECKED = ("genode_tool", "tests", "bench", "tool")
_STEERING = {"GENODE_DIR", "GENODE_HOME", "GENODE_PYTHON", "GENODE_NO_INSTALL"}
_NOT_COPIED = {"build", "contrib"}
_MODULES = ("ruff", "mypy", "vulture", "pytest", "xdist")


def check(sink: Sink, *, expression: str | None, jobs: int | None, words: Sequence[str]) -> int:
    """Run lint, types, dead code and tests of the checkout that we are part of.

    Return pytest's exit code, or 1 when the tests passed but another check did not. `jobs` None
    means one process per core. Raises `EnvironmentProblem` without a checkout or the test
    packages.
    """
    root = checkout()
    if root is None or not (root / "tests").is_dir():
        raise EnvironmentProblem(
            f"no tests in {IMPORT_ROOT}",
            hint="run `tool/genode selftest` in a checkout of the project",
        )
    absent = [name for name in _MODULES if importlib.util.find_spec(name) is None]
    if absent:
        raise EnvironmentProblem(
            f"Python packages for tests are missing: {', '.join(absent)}",
            hint=f"{root / 'tool/genode'} selftest installs them",
        )
    with _nameable(root, sink) as place:
        return _check(place, _cache(root), sink, expression, jobs, words)


def _check(
    root: Path,
    cache: Path,
    sink: Sink,
    expression: str | None,
    jobs: int | None,
    words: Sequence[str],
) -> int:
    env = _environment(root, cache)
    checked = [name for name in _CHECKED if (root / name).is_dir()]
    fine = True
    for title, arguments in (
        ("lint", ["ruff", "check", "--cache-dir", str(cache / "ruff"), *checked]),
        ("format", ["ruff", "format", "--check", "--cache-dir", str(cache / "ruff"), *checked]),
        ("types", ["mypy", "--cache-dir", str(cache / "mypy")]),
        ("dead code", ["vulture"]),
    ):
        sink(Note(f"{title}: {arguments[0]}"))
        fine = _run(root, env, arguments) == 0 and fine
    sink(Note("tests: pytest"))
    pytest = ["pytest", "-o", f"cache_dir={cache / 'pytest'}", "-n", str(_jobs(jobs))]
    # tests of a file share what one process built; the longest files come first
    pytest += ["--dist", "loadfile", "--no-loadscope-reorder"]
    if expression is not None:
        pytest += ["-k", expression]
    if not fine:
        sink(Note("lint, types or dead code failed, see above", "warning"))
    status = _run(root, env, [*pytest, *words])
    return status or (0 if fine else 1)


@contextmanager
def _nameable(root: Path, sink: Sink) -> Iterator[Path]:
    """Yield a directory where the checkout can be built: itself, or a copy if its path has a space.

    Makefiles cannot name files in a path with spaces, and the tests build our own tree.
    """
    if not any(char.isspace() for char in str(root)):
        yield root
        return
    with scratch_directory("selftest") as scratch:
        copy = scratch.resolve() / "checkout"
        sink(Note(f"makefiles cannot name `{root}`: checking a copy in {copy}"))
        shutil.copytree(
            root,
            copy,
            symlinks=True,
            ignore=lambda directory, _: _NOT_COPIED if directory == str(root) else set(),
        )
        yield copy


def _jobs(wanted: int | None) -> int:
    return len(os.sched_getaffinity(0)) if wanted is None else wanted


def _run(root: Path, env: Mapping[str, str], arguments: Sequence[str]) -> int:
    # In our session: the terminal's Ctrl-C reaches it, and it may ask the user (--pdb). Started
    # in the background of a shell, we ignore Ctrl-C and so would all tests of what it does.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    # It shares our fate at a hang-up, too: either both ignore it (nohup) or neither does.
    hang_up = signal.getsignal(signal.SIGHUP)
    if hang_up is clean_start.ignore:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    child = process.spawn(
        [sys.executable, "-m", *arguments], cwd=root, env=env, stdin=None, new_session=False
    )
    signal.signal(signal.SIGINT, former or signal.SIG_DFL)
    signal.signal(signal.SIGHUP, hang_up or signal.SIG_DFL)
    try:
        return child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise


def _environment(root: Path, cache: Path) -> dict[str, str]:
    """Return the tests' environment: our settings do not leak in, byte code stays out of trees."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _STEERING and not name.startswith(("PYTHON", "MAKE"))
    }
    return kept | {
        "PYTHONPATH": str(root),
        "PYTHONPYCACHEPREFIX": sys.pycache_prefix or str(cache / "bytecode"),
    }


def _cache(root: Path) -> Path:
    """Return a directory for the checkers' caches; the checkout itself may be read-only."""
    return Path(sys.prefix) / "selftest" / str(root).strip("/").replace("/", "-")
