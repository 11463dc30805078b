"""Hashes of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from genode_tool.ports.fetch.source import Digest

CHUNK = 1 << 20


class Hashes:
    """The SHA-256 of what is fed, and the declared algorithm's hash where that is another one."""

    def __init__(self, digest: Digest | None) -> None:
        self._digest = digest
        self._sha256 = hashlib.sha256()
        self._other = digest.new() if digest and digest.algorithm != "sha256" else None

    def update(self, data: bytes | memoryview) -> None:
        """Feed `data`."""
        self._sha256.update(data)
        if self._other:
            self._other.update(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 so far, in hexadecimal digits."""
        return self._sha256.hexdigest()

    @property
    def declared(self) -> str:
        """The hash by the declared algorithm so far (SHA-256 where nothing is declared)."""
        return (self._other or self._sha256).hexdigest()

    @property
    def match(self) -> bool:
        """True if the hash is the declared one, or none is declared."""
        return self._digest is None or self.declared == self._digest.hex


def hash_file(path: Path, digest: Digest | None) -> Hashes:
    """Hash the file at `path`. Raises `OSError` when it cannot be read."""
    hashes = Hashes(digest)
    buffer = memoryview(bytearray(CHUNK))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            hashes.update(buffer[:count])
    return hashes
