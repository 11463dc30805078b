"""The entry point for fetching: every kind of source, from any place that has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import UserError
from genode_tool.events import Note, Sink, discard
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.download import Downloaded, Downloader
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.packages.debian import DebianPlaces
from genode_tool.ports.fetch.packages.pypi import PypiPlaces
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import FetchFailed
from genode_tool.ports.fetch.repositories import svn
from genode_tool.ports.fetch.repositories.checkout import Checkouts
from genode_tool.ports.fetch.signature import Key, verify
from genode_tool.ports.fetch.source import Fetched, PortSource, SourceKind
from genode_tool.scratch import scratch_directory


class Fetcher:
    """Fetches sources according to `policy`, through `cache`. May be used by several threads.

    `keys` are directories in which files named by `KEY(…)` may lie, next to `policy.keyring`.
    """

    def __init__(
        self, policy: Policy, cache: Cache, sink: Sink = discard, keys: tuple[Path, ...] = ()
    ) -> None:
        self._policy = policy
        self._cache = cache = Cache(cache.directory.absolute())  # programs run elsewhere
        self._sink = sink
        self._keys = (*keys, *((policy.keyring,) if policy.keyring else ()))
        self._downloader = Downloader(policy, cache, sink)

    def fetch_file(self, source: PortSource, deadline: Deadline | None = None) -> Fetched:
        """Return the verified file of `source`; the path is the cache's, to be copied.

        For `FILE` and `ARCHIVE`, and for the tarball of `DEBIAN` and `PYPI`. Raises
        `FetchFailed` (nobody has it, or not what was declared), `UserError` (the description is
        wrong) and `EnvironmentProblem` (disk, missing program).
        """
        deadline = deadline or Deadline()
        _refuse_nulls(source)
        if downloaded := self._downloader.cached(source):
            return _fetched(downloaded)
        if source.kind is SourceKind.DEBIAN:
            downloaded = self._debian(source, deadline)
        elif source.kind is SourceKind.PYPI:
            places = PypiPlaces(source, self._policy, deadline, self._sink)
            downloaded = self._downloader.get(source, places, deadline)
        else:
            plain = self._policy.mirrors.file_places(source, source.digest)
            downloaded = self._downloader.get(source, plain, deadline)
        if source.signature_url:
            with scratch_directory("signature") as scratch:
                self._check_signature(source, downloaded, scratch, deadline)
        return _fetched(downloaded)

    def fetch_checkout(
        self, source: PortSource, into: Path, deadline: Deadline | None = None
    ) -> Fetched:
        """Make the directory `into`, which does not exist yet, from a repository.

        For `GIT`, `SPARSE_GIT` and `SVN`. It is there completely or not at all. Raises as
        `fetch_file` does.
        """
        deadline, into = deadline or Deadline(), into.absolute()
        _refuse_nulls(source)
        if source.kind is SourceKind.SVN:
            return svn.export(source, into, self._policy, self._cache, deadline, self._sink)
        checkouts = Checkouts(self._policy, self._cache, self._sink)
        return checkouts.make(source, into, deadline)

    def _debian(self, source: PortSource, deadline: Deadline) -> Downloaded:
        places = DebianPlaces(source, self._policy, self._cache, deadline, self._sink)
        downloaded = self._downloader.get(source, places, deadline)
        path = Path(downloaded.origin)
        if path.parent == places.scratch:
            origin = f"apt, {source.url} {source.version}, {path.name}"
            downloaded = replace(downloaded, origin=origin)
        return downloaded

    def _check_signature(
        self, source: PortSource, downloaded: Downloaded, scratch: Path, deadline: Deadline
    ) -> None:
        """Check the signature that `SIG(…)` and `KEY(…)` declare, if the key is available."""
        key = Key(source.key)
        if key.is_url:
            keys: tuple[Path, ...] = (self._plain(source, source.key, scratch / "key", deadline),)
        else:
            keys = key.files(self._keys)
        if not keys:
            named = f"KEY({source.name}) `{source.key}`" if source.key else "no key is declared"
            text = f"{source}: the signature is not checked: {named} is not available"
            if not source.key:
                text = f"{source}: the signature is not checked: {named}"
            if source.digest is None:
                raise FetchFailed(
                    text,
                    location=source.location,
                    hint="declare its SHA, or put the key into the key ring directory",
                )
            self._sink(Note(text, "detail"))
            return
        signature = self._plain(source, source.signature_url, scratch / "signature", deadline)
        by = verify(downloaded.entry.path, signature, keys, key, deadline, source.location)
        self._sink(Note(f"{source}: good signature by {by}", "detail"))

    def _plain(self, source: PortSource, url: str, path: Path, deadline: Deadline) -> Path:
        """Fetch a small file that has no hash of its own to `path`."""
        if (local := local_path(url)) is not None and local.is_file():
            return local
        scratch = Cache(path.parent / f"{path.name}.cache")
        policy = replace(self._policy, allow_unverified=True)
        small = replace(source, kind=SourceKind.FILE, urls=(url,), digest=None, file_name="")
        places = policy.mirrors.file_places(small, None)
        return Downloader(policy, scratch, self._sink).get(small, places, deadline).entry.path


def _refuse_nulls(source: PortSource) -> None:
    """Raise `UserError` for a description with null characters: no file and no program has one."""
    words = (*source.urls, source.signature_url, source.revision, source.file_name)
    if any("\0" in word for word in (*words, source.sparse_path, source.version)):
        raise UserError(f"{source}: its description has a null character", location=source.location)


def _fetched(downloaded: Downloaded) -> Fetched:
    entry = downloaded.entry
    return Fetched(entry.path, downloaded.origin, entry.sha256, size=entry.size)
