"""Our own OS through caches, and through compile servers of our own on the loopback device."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from genode_tool.building import BuildResult, make
from genode_tool.building.events import BuildFinished, CacheUse
from genode_tool.events import Event, discard
from genode_tool.tree import BuildDirectory, create_builddir

GOALS = ("test/log", "timer")
START_S = 20.0


def built(
    path: Path, overrides: Mapping[str, str], events: list[Event] | None = None
) -> BuildResult:
    if not path.exists():
        create_builddir("x86_64", path)
    sink = discard if events is None else events.append
    result = make(BuildDirectory.open(path, {"KERNEL": "hw", **overrides}), GOALS, sink=sink)
    assert result.ok
    return result


def cache_use(path: Path, launcher: str) -> CacheUse:
    """Build, and return what the summary says of the cache."""
    events: list[Event] = []
    built(path, {"LAUNCHER": launcher}, events)
    (told,) = [event.cache for event in events if isinstance(event, BuildFinished)]
    assert told is not None
    return told


def results(path: Path) -> dict[str, bytes]:
    """Return objects and stripped programs by name."""
    found = {one.name: one.read_bytes() for one in (path / "bin").iterdir()}
    found.update({str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*.o")})
    return found


def code(content: bytes, scratch: Path) -> bytes:
    """Return an ELF file without what describes its source: debug information, its checksum."""
    path = scratch / "stripped"
    path.write_bytes(content)
    argv = ["objcopy", "--strip-debug", "--remove-section=.gnu_debuglink", str(path)]
    subprocess.run(argv, check=True, timeout=60)
    return path.read_bytes()


def save(path: Path) -> dict[str, bytes]:
    """Return the results of a build, and remove them."""
    found = results(path)
    shutil.rmtree(path)
    return found


@pytest.fixture
def plain(tmp_path: Path) -> dict[str, bytes]:
    built(tmp_path / "build", {})
    return save(tmp_path / "build")


@pytest.mark.skipif(shutil.which("ccache") is None, reason="ccache is missing")
def test_ccache_gives_the_same_files_and_spares_compiling(
    tmp_path: Path, plain: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    build_dir = tmp_path / "build"
    monkeypatch.setenv("CCACHE_DIR", str(tmp_path / "cache"))
    told = []
    for _ in range(2):
        told.append(cache_use(build_dir, "ccache"))
        assert save(build_dir) == plain
    shown = subprocess.run(
        ["ccache", "--print-stats"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    stats = {name: int(count) for name, count in re.findall(r"(\w+)\t(\d+)", shown)}
    hits = stats["preprocessed_cache_hit"] + stats["direct_cache_hit"]
    assert hits == stats["cache_miss"] > 0
    assert told == [CacheUse("ccache", 0, hits), CacheUse("ccache", hits, 0)]


@pytest.mark.skipif(shutil.which("sccache") is None, reason="sccache is missing")
def test_sccache_gives_the_same_files_and_spares_compiling(
    tmp_path: Path, plain: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    build_dir = tmp_path / "build"
    monkeypatch.setenv("SCCACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SCCACHE_SERVER_PORT", str(free_port()))
    monkeypatch.setenv("SCCACHE_IDLE_TIMEOUT", "60")
    try:
        first = cache_use(build_dir, "sccache")
        assert (first.found, first.missed > 0) == (0, True)
        assert save(build_dir) == plain
        assert cache_use(build_dir, "sccache") == CacheUse("sccache", first.missed, 0)
        assert save(build_dir) == plain
    finally:
        subprocess.run(["sccache", "--stop-server"], check=False, timeout=60, capture_output=True)


@pytest.mark.skipif(shutil.which("distccd") is None, reason="distcc is missing")
def test_distcc_gives_the_same_files(
    tmp_path: Path, plain: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    build_dir, log = tmp_path / "build", tmp_path / "distccd.log"
    (tmp_path / "distcc").mkdir()
    monkeypatch.setenv("DISTCC_DIR", str(tmp_path / "distcc"))
    monkeypatch.setenv("DISTCC_FALLBACK", "0")  # what the server cannot do shall fail
    with farm(log) as port:
        monkeypatch.setenv("DISTCC_HOSTS", f"127.0.0.1:{port}/2")
        built(build_dir, {"LAUNCHER": "distcc"})
    units = sum(1 for name in plain if name.endswith(".o") and not name.startswith("bin"))
    done = log.read_text().count("COMPILE_OK")
    assert 0 < done <= units
    distributed = results(build_dir)
    assert distributed.keys() == plain.keys()
    for name, content in plain.items():
        assert code(distributed[name], tmp_path) == code(content, tmp_path), name
    assert built(build_dir, {}).steps == 0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextlib.contextmanager
def farm(log: Path) -> Iterator[int]:
    """Give the port of a compile server."""
    port = free_port()
    with log.open("wb") as file:
        server = subprocess.Popen(
            [
                "distccd",
                "--daemon",
                "--no-detach",
                "--allow=127.0.0.1",
                "--listen=127.0.0.1",
                f"--port={port}",
                "--jobs=2",
                "--log-stderr",
                "--log-level=info",
            ],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={"PATH": os.environ["PATH"]},
            start_new_session=True,
        )
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(START_S)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail("distccd does not answer")
