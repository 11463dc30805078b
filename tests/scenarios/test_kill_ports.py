"""Killing the preparation of ports at any moment leaves a state from which the next call goes on.

`GENODE_TEST_KILLS` is the number of kills, 12 without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("GENODE_TEST_KILLS", "12"))
NAMES = [f"p{number}" for number in range(6)]

PORT = """\
LICENSE   := MIT
VERSION   := 1.0
DOWNLOADS := {name}.archive {name}-extra.archive {name}-git.git
URL({name}) := {url}/{name}.tar.gz
SHA({name}) := {sha}
DIR({name}) := src/{name}
URL({name}-extra) := {url}/{name}.tar.gz
SHA({name}-extra) := {sha}
NAME({name}-extra) := extra.tar.gz
DIR({name}-extra) := src/{name}/extra
URL({name}-git) := {git}
REV({name}-git) := {revision}
DIR({name}-git) := src/git
PATCHES   := src/{name}.patch
PATCH_OPT := -p1 -d src/{name}
DIRS      := include
DIR_CONTENT(include) := src/{name}/file1.c

default: change
change: $(DOWNLOADS)
\t$(VERBOSE)for i in 1 2 3 4; do echo $$i >> changed; sleep 0.02; done
\t$(VERBOSE)sed -i s/first/second/ src/{name}/file2.c
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    served = tmp_path / "served"
    served.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _archive(path: Path, seed: int) -> str:
    chance = random.Random(seed)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number in range(40):
            text = f"first line of {number}\n".encode() + chance.randbytes(40_000)
            member = tarfile.TarInfo(f"top/file{number}.c")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _git(directory: Path) -> str:
    directory.mkdir()
    env = {"HOME": str(directory), "PATH": os.environ["PATH"]}
    names = ["-c", "user.name=n", "-c", "user.email=n@example.org"]

    def git(*words: str) -> str:
        return subprocess.run(
            ("git", *names, *words),
            cwd=directory,
            env=env,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        ).stdout.strip()

    git("init", "-q")
    (directory / "file").write_text("in git\n")
    git("add", "file")
    git("commit", "-q", "-m", "one")
    return git("rev-parse", "HEAD")


@pytest.fixture
def tree(tmp_path: Path, url: str) -> Path:
    top = tmp_path / "tree"
    for directory in ("repos/base/mk", "repos/r/ports", "repos/r/src"):
        (top / directory).mkdir(parents=True)
    for name in ("global.mk", "a.mk"):
        (top / "repos/base/mk" / name).touch()
    revision = _git(tmp_path / "git")
    for number, name in enumerate(NAMES):
        sha = _archive(tmp_path / "served" / f"{name}.tar.gz", number)
        (top / f"repos/r/src/{name}.patch").write_text(
            "--- /dev/null\n+++ b/extra.txt\n@@ -0,0 +1 @@\n+patched\n"
        )
        values = {"git": f"file://{tmp_path}/git", "revision": revision}
        text = PORT.format(name=name, url=url, sha=sha, **values)
        (top / f"repos/r/ports/{name}.port").write_text(text)
    assert _start(top, "port", "update-hash", *NAMES).wait(timeout=120) == 0
    return top


def _start(top: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-m", "genode_tool", *words),
        cwd=top,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GENODE_CONTRIB_MIRRORS": ""},
        stdin=subprocess.DEVNULL,
        stdout=(top / "shown").open("ab"),
        stderr=subprocess.STDOUT,
    )


def _files(top: Path) -> dict[str, bytes]:
    found = {}
    for directory in (top / "contrib").glob("p*-*"):
        for path in directory.rglob("*"):
            if path.is_file() and ".git" not in path.parts:
                found[str(path.relative_to(top / "contrib"))] = path.read_bytes()
    return found


@pytest.mark.timeout(1200)
def test_a_killed_preparation_goes_on(tree: Path) -> None:
    assert _start(tree, "prepare", "-j4", *NAMES).wait(timeout=300) == 0
    wanted = _files(tree)
    assert len(wanted) > 6 * 80
    shutil.rmtree(tree / "contrib")
    chance = random.Random(5)
    ended = 0
    for _ in range(KILLS):
        call = _start(tree, "prepare", "-j4", *NAMES)
        with contextlib.suppress(subprocess.TimeoutExpired):
            call.wait(timeout=chance.uniform(0.2, 1.6))
        ended += call.poll() is not None
        call.kill()
        call.wait()
        if ended:  # everything is there: begin again, from the cache or without
            ended = 0
            shutil.rmtree(tree / "contrib")
    last = _start(tree, "prepare", "-j4", *NAMES)
    assert last.wait(timeout=300) == 0, (tree / "shown").read_text()
    assert _files(tree) == wanted
    left = {one.name for one in (tree / "contrib").iterdir()}
    assert not [name for name in left if name.endswith((".incomplete", ".old"))]
