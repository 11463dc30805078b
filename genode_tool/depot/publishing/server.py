"""What a user publishes: files from the server, verified by the user's key and manifest.

The manifest is fetched first. Where there is one, each file has to be in it; and once there was
one, it has to be there, with no lower serial number, so that a mirror can neither hide it nor
serve an old state. Without a manifest the signature alone decides, as in the original.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from genode_tool.deadline import Deadline
from genode_tool.depot.publishing.manifest import MANIFEST, Manifest, PublishedFile, parse_manifest
from genode_tool.depot.publishing.openpgp import BadSignature, Verifier, verifier
from genode_tool.depot.publishing.users import DepotUser
from genode_tool.errors import UserError
from genode_tool.events import Note, Sink
from genode_tool.files import write_atomically
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.download import Downloader
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind
from genode_tool.scratch import scratch_directory

_SECONDS = 6 * 3600.0


class PublishedFiles:
    """The files of one user. A context manager. May be used by several threads when entered.

    `state` is a directory for what is remembered between calls: unfinished downloads, and the
    number of the newest manifest seen; `known` is such a number from elsewhere.
    """

    def __init__(
        self, user: DepotUser, state: Path, policy: Policy, sink: Sink, *, known: int = 0
    ) -> None:
        self.user = user
        self.manifest_files = (b"", b"")
        """The manifest and its signature as they are published."""
        self._state = state
        self._known = known
        self._policy = policy
        self._sink = sink
        self._manifest: Manifest | None = None
        self._open = ExitStack()
        self._verifier: Verifier | None = None

    def __enter__(self) -> Self:
        if not self.user.url:
            raise UserError(
                f"no download URL of the depot user `{self.user.name}`",
                hint=f"`genode depot user add {self.user.name} --url URL` sets it",
            )
        self._verifier = self._open.enter_context(verifier(self.user.pubkey))
        for remark in self._verifier.key.remarks:
            self._sink(Note(f"the key of {self.user.name} is weak: {remark}", "warning"))
        try:
            self._manifest = self._fetch_manifest()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        self._open.close()

    @property
    def binds_names(self) -> bool:
        """True if a manifest says which content each name has."""
        return self._manifest is not None

    @property
    def paths(self) -> Collection[str]:
        """The paths that the manifest lists."""
        return self._manifest.files if self._manifest else ()

    def listed(self, path: str) -> PublishedFile | None:
        """Return what the manifest says of a file, None if nothing."""
        return self._manifest.files.get(path) if self._manifest else None

    def lists(self, path: str) -> bool:
        """Return whether the manifest lists a file."""
        return self.listed(path) is not None

    @contextmanager
    def file(self, path: str) -> Iterator[Path]:
        """Yield the verified file that is published as `USER/path`; it is there for the block.

        Raises `FetchFailed` when it cannot be had and `BadSignature` when it is not genuine.
        """
        with self.signed_file(path) as (fetched, _):
            yield fetched

    @contextmanager
    def signed_file(self, path: str) -> Iterator[tuple[Path, Path]]:
        """Yield the same file and its signature."""
        listed = self.listed(path)
        if self._manifest is not None and listed is None:
            raise BadSignature(
                f"{self.user.name} does not publish {path}: it is not in the signed manifest",
                hint=f"the manifest is {self.user.url}/{self.user.name}/{MANIFEST}",
            )
        digest = Digest("sha256", listed.sha256) if listed else None
        with scratch_directory("depot") as scratch:
            cache = Cache(self._state / "downloads" if digest else scratch / "file")
            fetched = self._fetch(path, cache, digest)
            signature = self._fetch(f"{path}.sig", Cache(scratch / "signature"), None)
            self._verify(fetched, signature, path)
            yield fetched, signature
            if digest:  # what is installed is not needed again
                fetched.unlink(missing_ok=True)

    def _fetch_manifest(self) -> Manifest | None:
        name = self.user.name
        note = self._state / "manifests" / f"{name}.json"
        known = max(self._known, _known_serial(note))
        with scratch_directory("depot") as scratch:
            cache = Cache(scratch)
            try:
                path = self._fetch(MANIFEST, cache, None)
            except FetchFailed:
                if known:
                    raise BadSignature(
                        f"{name} has published a manifest before; it is no longer there",
                        hint=f"remove {note} if the user has given it up",
                    ) from None
                text = f"{name} publishes no manifest: signatures do not bind archives to names"
                self._sink(Note(text, "warning"))
                return None
            signature = self._fetch(f"{MANIFEST}.sig", cache, None)
            self._verify(path, signature, MANIFEST)
            self.manifest_files = (path.read_bytes(), signature.read_bytes())
            try:
                manifest = parse_manifest(path.read_text(), name)
            except ValueError as error:
                raise BadSignature(f"the manifest of {name} is not usable: {error}") from error
        if manifest.serial < known:
            raise BadSignature(
                f"the manifest of {name} is older (number {manifest.serial}) than one that was "
                f"seen before (number {known})",
                hint="the server, or a mirror in between, serves an old state",
            )
        write_atomically(note, json.dumps({"serial": manifest.serial}) + "\n")
        return manifest

    def _fetch(self, path: str, cache: Cache, digest: Digest | None) -> Path:
        url = f"{self.user.url}/{self.user.name}/{path}"
        # Different archives have files of the same name.
        local = f"{self.user.name}/{path}".replace("/", "_")
        source = PortSource(SourceKind.FILE, local, (url,), digest, file_name=local)
        policy = replace(self._policy, allow_unverified=digest is None)
        places = policy.mirrors.file_places(source, digest)
        downloader = Downloader(policy, cache, self._sink)
        return downloader.get(source, places, Deadline.after(_SECONDS)).entry.path

    def _verify(self, path: Path, signature: Path, name: str) -> None:
        assert self._verifier is not None
        remark = self._verifier.verify(path, signature, f"{self.user.name}/{name}")
        if remark:
            self._sink(Note(f"{self.user.name}/{name}: {remark}", "warning"))


def _known_serial(path: Path) -> int:
    """Return the highest serial number of a manifest that was seen, 0 for none."""
    try:
        found = json.loads(path.read_text())["serial"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return found if isinstance(found, int) else 0
