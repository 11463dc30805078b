"""Upstream tarballs out of Debian source packages.

The first word of `URL(x)` names the source package, `SHA(x)` is the hash of the upstream tarball
(`.orig.tar.*`; the one tarball of a native package), and `VERSION(x)` the upstream version or a
Debian version, of which any revision serves. A revision disappears with the next point release,
and a release of Debian has its own upstream versions; so the tarball is looked for in the
suites that apt is configured for, then in Debian's other suites, then at further words of
`URL(x)`, which are plain URLs of the same file.

Debian's own changes are not in it. A port that needs them declares their file as a further download
of the same package, `NAME(y) := zlib_1.2.13.dfsg-1.debian.tar.xz`, and lists its patches in
`PATCHES`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import UserError
from genode_tool.events import Note, Sink
from genode_tool.locks import locked
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.packages.apt import Apt, further_suites, private
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import FetchFailed, Unavailable
from genode_tool.ports.fetch.progress import Activity, SourceProgress
from genode_tool.ports.fetch.retry import with_retries
from genode_tool.ports.fetch.source import PortSource

_COMPRESSED = ("xz", "gz", "bz2", "zst")


@dataclass(frozen=True, slots=True)
class DebianPlaces:
    """The places that may have the file of a source package: mirrors, then apt.

    Iterated while the part in the cache is locked, so `scratch` is used by one process at a time.
    """

    source: PortSource
    policy: Policy
    cache: Cache
    deadline: Deadline
    sink: Sink

    @property
    def scratch(self) -> Path:
        """The directory into which apt downloads."""
        key = f"{self.source.url} {self.source.version} {self.source.file_name}"
        return self.cache.directory / "apt" / f"source-{sha256(key.encode()).hexdigest()[:16]}"

    def __iter__(self) -> Iterator[str]:
        """Yield paths and URLs: mirrors, apt's suites, further suites, the words behind `URL`.

        What comes from a place counts only when its hash is right, so whatever revision a suite
        has of the same upstream version may serve. Raises `FetchFailed` when no place has the
        file, `UserError` for a description without version.
        """
        source = self.source
        if not source.url or not source.version:
            missing = "VERSION" if source.url else "URL"
            raise UserError(
                f"{source}: {missing}({source.name}) is not defined", location=source.location
            )
        for name in self._likely_names():
            plain = replace(source, urls=(), file_name=name)
            yield from self.policy.mirrors.file_places(plain, source.digest)
        if self.policy.offline:
            return
        upstream = [url for one in source.urls[1:] for url in self.policy.mirrors.rewritten(one)]
        problems: list[FetchFailed] = []
        try:
            # The file of an attempt is in the scratch directory until the caller asks for the next
            # place or drops the iterator.
            for attempt in self._attempts():
                try:
                    yield str(attempt())
                except FetchFailed as failed:
                    problems.append(failed)
            yield from upstream
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)
        if problems and not upstream:
            raise problems[0]

    def _likely_names(self) -> Iterator[str]:
        yield self.source.local_name  # as in another cache
        if self.source.file_name:
            return
        start = f"{self.source.url}_{_upstream(self.source.version)}"
        yield from (f"{start}.orig.tar.{end}" for end in _COMPRESSED)
        yield from (f"{start}.tar.{end}" for end in _COMPRESSED)

    def _attempts(self) -> Iterator[Callable[[], Path]]:
        """Yield ways to get the file through apt, the cheapest first."""
        source = self.source
        if process.find_program("apt-get") is None:

            def without_apt() -> Path:
                raise FetchFailed(
                    f"{source} is a Debian source package, but apt-get is not installed",
                    location=source.location,
                    hint="name a directory with its .orig.tar file in GENODE_CONTRIB_MIRRORS",
                )

            yield without_apt
            return
        self.cache.make()
        system = Apt((), self.policy)
        if files := system.files(source.url, source.version, self.deadline):
            yield lambda: self._by_system_apt(system, files)
        yield lambda: self._by_private_apt("")
        for suite in further_suites():
            yield lambda suite=suite: self._by_private_apt(suite)  # type: ignore[misc]

    def _by_system_apt(self, system: Apt, files: tuple[str, ...]) -> Path:
        try:
            return self._download(system, self.source.version, files)
        except Unavailable as error:  # lists are older than what the server still has
            raise self._failed(str(error)) from None

    def _by_private_apt(self, suite: str) -> Path:
        """Download by apt with lists of our own; of the system's suites, or of another `suite`."""
        path = self.cache.directory / "apt.lock"
        with locked(path, "apt's cache of our own", self.deadline, self.sink):
            try:
                return self._search_and_download(suite)
            except Unavailable as error:
                raise self._failed(str(error)) from None

    def _search_and_download(self, suite: str) -> Path:
        source = self.source
        apt, ready = private(self.cache.directory, self.policy, suite)
        if ready and (found := self._search(apt)):
            # The cached lists may name a revision that the server no longer has: then update them.
            with suppress(Unavailable):
                return self._download(apt, *found)
        self._patiently(lambda: apt.update(self.deadline))
        if found := self._search(apt):
            return self._download(apt, *found)
        known = ", ".join(apt.versions(source.url, self.deadline))
        where = f"suite {suite} has" if suite else "apt's sources have"
        raise self._failed(
            f"{where} no source package {source.url} {source.version}"
            + (f", only {known}" if known else ""),
            hint=f"VERSION({source.name}) and SHA({source.name}) say what is wanted; a "
            "directory in GENODE_CONTRIB_MIRRORS may keep old files",
        )

    def _failed(self, reason: str, hint: str = "") -> FetchFailed:
        text = f"{self.source} cannot be fetched: {reason}"
        return FetchFailed(text, location=self.source.location, hint=hint)

    def _download(self, apt: Apt, version: str, files: tuple[str, ...]) -> Path:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        name = self._pick(files)
        SourceProgress(self.sink, str(self.source)).begin(Activity.DOWNLOAD, name)
        self._patiently(lambda: apt.download(self.source.url, version, self.scratch, self.deadline))
        return self.scratch / name

    def _patiently(self, action: Callable[[], None]) -> None:
        with_retries(action, str(self.source), self.policy, self.deadline, self.sink)

    def _search(self, apt: Apt) -> tuple[str, tuple[str, ...]] | None:
        """Return the version with the wanted upstream tarball, and its files."""
        source = self.source
        if files := apt.files(source.url, source.version, self.deadline):
            return source.version, files
        if source.file_name:  # a file of just this version
            return None
        wanted = {_upstream(source.version), source.version.rpartition(":")[2]}
        for version in apt.versions(source.url, self.deadline):
            if _upstream(version) in wanted:
                files = apt.files(source.url, version, self.deadline)
                if files:
                    self.sink(Note(f"{source}: using {version}, of the same upstream", "detail"))
                    return version, files
        return None

    def _pick(self, files: tuple[str, ...]) -> str:
        """Return the file that is wanted of the package."""
        if self.source.file_name:
            chosen = [name for name in files if name == self.source.file_name]
        else:
            tars = [n for n in files if ".tar." in n and not n.endswith((".asc", ".sig"))]
            chosen = [n for n in tars if ".orig.tar." in n]
            chosen = chosen or [n for n in tars if ".debian.tar." not in n]
        if not chosen:
            wanted = self.source.file_name or "upstream tarball"
            raise FetchFailed(
                f"{self.source}: the source package {self.source.url} {self.source.version} has "
                f"no {wanted}, only {', '.join(files)}",
                location=self.source.location,
            )
        return chosen[0]


def _upstream(version: str) -> str:
    """Return the upstream part of a Debian version: without epoch and Debian revision."""
    plain = version.partition(":")[2] or version
    return plain.rpartition("-")[0] or plain
