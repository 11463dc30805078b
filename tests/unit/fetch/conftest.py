"""Fixtures for tests of fetching: servers of our own, and nothing of the user's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared.certificates import make_certificate
from tests.unit.fetch import webserver
from tests.unit.fetch.fetching import Place

_STEERING = ("proxy", "SSL_C", "CA_BUNDLE", "PIP_", "GENODE_CONTRIB", "NETRC")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if any(word.lower() in name.lower() for word in _STEERING):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", os.devnull)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "a cache")


@pytest.fixture
def web() -> Iterator[webserver.Web]:
    found = webserver.start()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its self-signed certificate for localhost and 127.0.0.1, in one file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> Iterator[webserver.Web]:
    found = webserver.start(certificate)
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; skips where it cannot be mounted."""
    where = tmp_path / "disk"
    where.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(where)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)
