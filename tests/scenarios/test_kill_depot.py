"""Calls of `genode depot` killed at any moment: nothing half-done counts, the next call goes on.

GENODE_KILLS is how many calls are killed, a few by default.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.depot_build_tree import DepotTree, V, depot_tree
from tests.unit.fetch import webserver

__all__ = ["depot_tree"]

ROOT = Path(__file__).resolve().parents[2]
_KILLS = int(os.environ.get("GENODE_KILLS", "8"))
_SECONDS = 300.0
BOTH = f"me/pkg/x86_64/both/{V}"

pytestmark = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


def start(tree: DepotTree, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "genode_tool", "-q", "depot", *words],
        cwd=tree.build,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def finish(tree: DepotTree, *words: str) -> float:
    """Let a call come to its end; return the seconds that it took."""
    begin = time.monotonic()
    child = start(tree, *words)
    out, _ = child.communicate(timeout=_SECONDS)
    assert child.returncode == 0, out.decode()
    return time.monotonic() - begin


def archives(depot: Path) -> dict[str, dict[str, bytes]]:
    """Return the files of each archive; a directory named after a version counts as one."""
    return {
        str(top.relative_to(depot)): {
            str(path.relative_to(top)): path.read_bytes()
            for path in top.rglob("*")
            if path.is_file()
        }
        for top in sorted((depot / "me").rglob(V))
        if top.is_dir()
    }


def files(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*.tar.xz")}


def leftovers(top: Path) -> list[Path]:
    return [path for path in top.rglob("*") if path.name.endswith((".part", ".build", ".old"))]


@pytest.fixture
def server(depot_tree: DepotTree, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory that is published, and served; `me` has a key."""
    public = depot_tree.path / "public"
    web = webserver.start()

    def serve(handler: webserver.Handler) -> None:
        path = public / handler.path.lstrip("/")
        answer = webserver.content(path.read_bytes()) if path.is_file() else webserver.status(404)
        answer(handler)

    web.otherwise = serve
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        words = ["--passphrase", "", "--quick-generate-key", "me@example.org", "ed25519", "sign"]
        gpg = ["gpg", "--batch", "--no-tty"]
        subprocess.run([*gpg, *words], check=True, capture_output=True)
        known = depot_tree.path / "repos/base/sculpt/depot/me"
        known.mkdir(parents=True)
        done = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True)
        (known / "pubkey").write_bytes(done.stdout)
        (known / "download").write_text(web.url("") + "\n")
        yield public
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    web.server.shutdown()
    web.server.server_close()


def test_a_killed_call_leaves_nothing_half_done(depot_tree: DepotTree, server: Path) -> None:
    tree, other = depot_tree, depot_tree.path / "other"
    create = ("create", "me/pkg/x86_64/both")
    publish = ("publish", BOTH)
    download = ("download", BOTH, "--depot-dir", str(other))
    work = (
        (create, tree.depot, lambda: archives(tree.depot)),
        (publish, server, lambda: files(server)),
        (download, other, lambda: archives(other)),
    )
    whole = []
    seconds = []
    for words, _, content in work:
        seconds.append(finish(tree, *words))
        whole.append(content())
    assert len(whole[0]) == 7 and whole[2] == whole[0]
    seed = random.Random(7)
    for number in range(_KILLS):
        kind = number % len(work)
        words, top, content = work[kind]
        if seed.random() < 0.5:
            for left in (top / "me", top / "var"):
                shutil.rmtree(left, ignore_errors=True)
        child = start(tree, *words)
        time.sleep(seed.uniform(0, seconds[kind]))
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=_SECONDS)
        for name, found in content().items():
            assert found == whole[kind][name], (number, words, name)
        if kind == 0:
            finish(tree, "verify")
        finish(tree, *words)
        assert content() == whole[kind], (number, words)
        assert leftovers(top) == [], (number, words)
