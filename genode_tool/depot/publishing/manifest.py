"""The manifest of what a user publishes: `USER/manifest.json`, with a signature beside it.

Signatures of single archives say nothing of names: one archive can be served as another, or an
old list as the current one. The manifest binds each path to a size and a SHA-256, and its serial
number only grows. Tools that do not know it are not disturbed by it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genode_tool.errors import EnvironmentProblem

MANIFEST = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The size, in bytes, and SHA-256 of a published file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The published files of a user by their paths below the user's directory."""

    user: str
    serial: int = 0
    files: Mapping[str, PublishedFile] = field(default_factory=dict)

    def with_files(self, files: Mapping[str, PublishedFile]) -> Manifest:
        """Return the next manifest: with more files, or other content of them."""
        return Manifest(self.user, self.serial + 1, {**self.files, **files})

    def text(self) -> str:
        """Return the manifest as it is published."""
        data = {
            "format": _FORMAT,
            "user": self.user,
            "serial": self.serial,
            "files": {
                path: {"size": one.size, "sha256": one.sha256}
                for path, one in sorted(self.files.items())
            },
        }
        return json.dumps(data, indent=1) + "\n"


def parse_manifest(text: str, user: str) -> Manifest:
    """Return the manifest in a text. Raises `ValueError` when it is none of `user`."""
    data: Any = json.loads(text)
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise ValueError(f"its format is not {_FORMAT}")
    if data.get("user") != user:
        raise ValueError(f"it is that of the user {data.get('user')!r}")
    serial, listed = data.get("serial"), data.get("files")
    if type(serial) is not int or serial < 1 or not isinstance(listed, dict):
        raise ValueError("it has no serial number or no files")
    files = {}
    for path, one in listed.items():
        if not all(part.strip(".") for part in path.split("/")):
            raise ValueError(f"it lists {path!r}, which leads elsewhere")
        size, digest = (one.get("size"), one.get("sha256")) if isinstance(one, dict) else (0, "")
        if type(size) is not int or not isinstance(digest, str) or len(digest) != 64:
            raise ValueError(f"it has no size and SHA-256 for {path}")
        files[path] = PublishedFile(size, digest)
    return Manifest(user, serial, files)


def read_manifest(directory: Path, user: str) -> Manifest:
    """Return the manifest in the published directory of a user, an empty one if there is none.

    Raises `EnvironmentProblem` for one that is damaged.
    """
    path = directory / MANIFEST
    try:
        return parse_manifest(path.read_text(), user)
    except FileNotFoundError:
        return Manifest(user)
    except (OSError, ValueError) as error:
        raise EnvironmentProblem(
            f"cannot use {path}: {error}", hint="restore it, or remove it and publish again"
        ) from error


def published_files(directory: Path, paths: Iterable[str]) -> dict[str, PublishedFile]:
    """Return size and hash of files below a directory. Raises `EnvironmentProblem`."""
    found = {}
    for name in paths:
        try:
            with (directory / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                found[name] = PublishedFile(file.tell(), digest)
        except OSError as error:
            raise EnvironmentProblem(f"cannot read {error.filename}: {error.strerror}") from error
    return found
