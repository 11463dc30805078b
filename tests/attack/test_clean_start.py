"""Callers that ignore or block signals and leave files open: programs start as from a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.buildtree import SmallTree

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 300

CALLER = """
import os, signal, sys
for one in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(one, signal.SIG_IGN)
    except OSError:
        pass
signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1})
for _ in range(3):
    os.set_inheritable(os.open("/etc/passwd", os.O_RDONLY), True)
os.execv(sys.executable, [sys.executable, "-m", "genode_tool", *sys.argv[1:]])
"""

SHOW = "grep -E '^Sig(Blk|Ign)' /proc/self/status; readlink /proc/self/fd/*; exit 0"


def _call(tree: SmallTree, *words: str, session: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CALLER, *words],
        cwd=tree.build,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        start_new_session=session,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.mark.parametrize("session", [False, True])
def test_programs_start_clean(tmp_path: Path, session: bool) -> None:
    tree = SmallTree(tmp_path)
    tree.write(
        "repos/base/run/x.run",
        f"spawn sh -c {{{SHOW}}}\nexpect eof\nputs $expect_out(buffer)\n"
        f"puts [exec sh -c {{{SHOW}}}]\n",
    )
    done = _call(tree, "run", "x", "-v", session=session)
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    assert "/etc/passwd" not in shown
    masks = [line.split()[1] for line in shown.splitlines() if line.startswith("Sig")]
    assert len(masks) == 4 and {int(mask, 16) for mask in masks} == {0}, shown


def test_the_end_of_children_is_seen_where_it_was_ignored(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path)
    done = _call(tree, "make", "app/one")
    assert done.returncode == 0, done.stdout + done.stderr
    tree.write("repos/base/src/app/one/main.cc", "broken\n")
    done = _call(tree, "make", "app/one")
    assert done.returncode == 1


def test_what_was_ignored_stays_ignored(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path)
    tree.write("repos/base/run/x.run", "exec sh -c {kill -HUP $PPID; kill -INT $PPID}\nputs on\n")
    done = _call(tree, "run", "x")
    assert done.returncode == 0 and "on" in done.stdout, done.stdout + done.stderr
