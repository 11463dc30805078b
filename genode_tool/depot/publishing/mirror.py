"""Mirroring: what users publish, verified, in a public directory of one's own.

A file comes before its signature, and the manifest last, so that a killed call leaves nothing that
is taken for whole; the next call goes on where it ended.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.publishing.events import Transfer, Transferred, TransfersFinished
from genode_tool.depot.publishing.manifest import MANIFEST, published_files, read_manifest
from genode_tool.depot.publishing.published_references import (
    PublishedReferences,
    published_path,
)
from genode_tool.depot.publishing.server import PublishedFiles
from genode_tool.depot.publishing.users import DepotUsers
from genode_tool.depot.sculpt.names import ImageName, IndexName
from genode_tool.errors import GenodeError, UserError
from genode_tool.events import Sink, discard
from genode_tool.files import cannot_write, remove_parts, replacing, write_atomically
from genode_tool.locks import locked
from genode_tool.ports.fetch.policy import Policy

_LOCK_SECONDS = 4 * 3600.0
_STATE = ".genode-mirror"


class Mirror:
    """One call: fills the directory `public`; `jobs` files are fetched at a time."""

    def __init__(
        self,
        public: Path,
        users: DepotUsers,
        policy: Policy,
        jobs: int = 1,
        sink: Sink = discard,
    ) -> None:
        self._public = public
        self._users = users
        self._policy = policy
        self._jobs = jobs
        self._sink = sink
        self._servers: dict[str, PublishedFiles] = {}
        self._done: dict[str, Transferred] = {}

    def run(
        self,
        users: Sequence[str],
        archives: Sequence[Archive],
        others: Iterable[IndexName | ImageName] = (),
        *,
        debug: bool = False,
    ) -> tuple[Transferred, ...]:
        """Mirror all that `users` publish, and some archives with all that they need.

        Return how each file ended. Raises `UserError` for names without version and for users
        whose files nobody lists, `BadSignature` for a manifest that is not genuine, and
        `EnvironmentProblem` when the directory cannot be written.
        """
        started = time.monotonic()
        without = [one for one in archives if not one.version]
        if without:
            raise UserError(f"{without[0]} has no version", hint=f"wanted {without[0]}/VERSION")
        deadline = Deadline.after(_LOCK_SECONDS)
        hint = "choose another directory with PUBLIC_DIR=DIR"
        place = f"the directory {self._public}"
        lock = self._public / ".genode-lock"
        with locked(lock, place, deadline, self._sink, hint=hint), ExitStack() as stack:
            self._files(stack, [(user, path) for user in users for path in self._all(stack, user)])
            self._files(stack, [pair for one in others for pair in self._paths_of(stack, one)])
            self._archives(stack, archives, debug=debug)
            for name, server in self._servers.items():
                self._finish(stack, name, server)
        finished = tuple(self._done.values())
        self._sink(TransfersFinished(finished, time.monotonic() - started))
        return finished

    def _server(self, stack: ExitStack, name: str) -> PublishedFiles:
        """Return what a user publishes; each user is asked once."""
        if name not in self._servers:
            user = self._users.get(name)
            known = read_manifest(self._public / name, name).serial
            published = PublishedFiles(
                user, self._public / _STATE, self._policy, self._sink, known=known
            )
            self._servers[name] = stack.enter_context(published)
        return self._servers[name]

    def _all(self, stack: ExitStack, user: str) -> list[str]:
        server = self._server(stack, user)
        if not server.binds_names:
            raise UserError(
                f"{user} publishes no manifest, so nobody knows what there is",
                hint=f"name the archives, such as {user}/pkg/NAME/VERSION",
            )
        return sorted(server.paths)

    def _paths_of(self, stack: ExitStack, other: IndexName | ImageName) -> list[tuple[str, str]]:
        if isinstance(other, IndexName):
            return [(other.user, f"{other.kind}/{other.name}.xz")]
        server = self._server(stack, other.user)
        names = [f"image/{other.name}.{end}" for end in ("tar.xz", "img.xz", "zip")]
        return [(other.user, one) for one in names if server.lists(one)] or [(other.user, names[0])]

    def _archives(self, stack: ExitStack, archives: Sequence[Archive], *, debug: bool) -> None:
        """Get archives, then what they turn out to need, until nothing is new."""
        references = PublishedReferences(self._public)
        while True:
            closure = closure_of(archives, references, debug=debug).sorted()
            wanted = [(one.user, published_path(one)) for one in closure]
            wanted = [one for one in wanted if "/".join(one) not in self._done]
            if not wanted:
                return
            self._files(stack, wanted)

    def _files(self, stack: ExitStack, wanted: Sequence[tuple[str, str]]) -> None:
        for user in dict.fromkeys(user for user, _ in wanted):
            self._server(stack, user)
        with ThreadPoolExecutor(self._jobs) as pool:
            for one in pool.map(lambda pair: self._get(*pair), wanted):
                self._done[one.name] = one
                self._sink(one)

    def _get(self, user: str, path: str) -> Transferred:
        name, into = f"{user}/{path}", self._public / user / path
        server = self._servers[user]
        try:
            if self._is_there(server, path):
                return Transferred(name, Transfer.PRESENT)
            with server.signed_file(path) as (file, signature):
                beside = into.with_name(f"{into.name}.sig")
                try:
                    into.parent.mkdir(parents=True, exist_ok=True)
                    remove_parts(into.parent)
                    beside.unlink(missing_ok=True)
                    for source, target in ((file, into), (signature, beside)):
                        with replacing(target) as part:
                            shutil.copyfile(source, part)
                except OSError as error:
                    raise cannot_write(into, error) from error
        except GenodeError as error:
            return Transferred(name, Transfer.FAILED, error)
        return Transferred(name, Transfer.MIRRORED)

    def _is_there(self, server: PublishedFiles, path: str) -> bool:
        """Return whether a file needs not be got: without a manifest, an index may have changed."""
        directory = self._public / server.user.name
        if not all((directory / one).is_file() for one in (path, f"{path}.sig")):
            return False
        listed = server.listed(path)
        if listed is None:
            return not server.binds_names and path.endswith(".tar.xz")
        return published_files(directory, [path])[path] == listed

    def _finish(self, stack: ExitStack, user: str, server: PublishedFiles) -> None:
        """Bring files that are there, and changed since, up to date; then take the manifest over.

        If anything failed, the manifest of before stays: it fits what is there.
        """
        if not server.binds_names:
            return
        directory = self._public / user
        old = [one for one in sorted(server.paths) if (directory / one).is_file()]
        self._files(stack, [(user, one) for one in old if f"{user}/{one}" not in self._done])
        failed = [one for one in self._done.values() if one.outcome is Transfer.FAILED]
        if any(one.name.startswith(f"{user}/") for one in failed):
            return
        manifest, signature = server.manifest_files
        if _bytes(directory / MANIFEST) == manifest:
            return
        path = directory / f"{MANIFEST}.sig"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error
        write_atomically(directory / MANIFEST, manifest)
        write_atomically(path, signature)


def _bytes(path: Path) -> bytes:
    """Return the content of a file that has a signature beside it, b"" without."""
    try:
        return path.read_bytes() if path.with_name(f"{path.name}.sig").is_file() else b""
    except OSError:
        return b""
