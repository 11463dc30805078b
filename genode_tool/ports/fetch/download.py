"""One file: from the cache, or from the first place that has what the description declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genode_tool.deadline import Deadline
from genode_tool.errors import UserError
from genode_tool.events import Note, Sink
from genode_tool.ports.fetch.cache.downloads import Cache, CachedFile
from genode_tool.ports.fetch.cache.part import PartialDownload
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import (
    FetchFailed,
    Unavailable,
    megabytes,
    without_password,
)
from genode_tool.ports.fetch.progress import SourceProgress
from genode_tool.ports.fetch.retry import with_retries
from genode_tool.ports.fetch.source import Digest, PortSource, base_name
from genode_tool.ports.fetch.transports.choice import Transports


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A verified file in the cache and where it came from."""

    entry: CachedFile
    origin: str


class Downloader:
    """Downloads into `cache`. May be used by several threads."""

    def __init__(self, policy: Policy, cache: Cache, sink: Sink) -> None:
        self._policy = policy
        self._cache = cache
        self._sink = sink
        self._transports = Transports(policy, sink)

    def cached(self, source: PortSource) -> Downloaded | None:
        """Return the file of `source` when the cache has it."""
        if source.digest is None:
            return None
        entry = self._cache.find(source.digest, base_name(source.local_name), self._sink)
        return Downloaded(entry, "cache") if entry else None

    def get(self, source: PortSource, places: Iterable[str], deadline: Deadline) -> Downloaded:
        """Return the file of `source` from the first of `places` (paths and URLs) that has it.

        Raises `FetchFailed` when none has it, `UserError` when no hash is declared, and
        `EnvironmentProblem` when the cache cannot be written.
        """
        digest, base = source.digest, base_name(source.local_name)
        if digest is None and not self._policy.allow_unverified:
            raise UserError(
                f"{source} has no hash: SHA({source.name}) is not defined",
                location=source.location,
                hint="`genode port update-hash` or `sha256sum FILE` prints what to write there",
            )
        if downloaded := self.cached(source):
            return downloaded
        steps = SourceProgress(self._sink, str(source))
        name = digest.hex if digest else "unverified"
        with self._cache.part(name, base, digest, deadline, self._sink, str(source)) as part:
            # Another process may have finished the download while we waited for its lock.
            if downloaded := self.cached(source):
                return downloaded
            attempts: list[Unavailable] = []
            for place in places:
                path = local_path(place)
                if path is not None and not path.is_file():
                    attempts.append(Unavailable(f"{path}: no such file"))
                    continue
                trouble = self._ask(place, part, digest, deadline, steps)
                if trouble is None:
                    return Downloaded(self._cache.keep(part, base), without_password(place))
                words = f"{without_password(place)}: {trouble}"
                attempts.append(Unavailable(words, trouble.hint))
        raise self._failure(source, attempts)

    def _ask(
        self,
        place: str,
        part: PartialDownload,
        digest: Digest | None,
        deadline: Deadline,
        steps: SourceProgress,
    ) -> Unavailable | None:
        """Fill `part` from one place, with retries. Returns what went wrong, or None."""

        def attempt() -> None:
            self._transports.for_place(place).get(place, part, deadline, steps)

        doubted = False
        while True:
            try:
                with_retries(attempt, steps.source, self._policy, deadline, self._sink)
            except Unavailable as error:
                return error
            if part.hashes.match:
                return None
            words = _mismatch(part, digest)
            # The part may be made of two versions of the file or, when the server sent no length,
            # be cut off: a complete download may still match.
            doubtful = not doubted and (part.resumed or part.total is None)
            part.restart()
            if not doubtful:
                return Unavailable(
                    words, "the server's file is not the one that the port was written for"
                )
            doubted = True
            self._sink(Note(f"{steps.source}: {words}; fetching it as a whole", "warning"))

    def _failure(self, source: PortSource, attempts: list[Unavailable]) -> FetchFailed:
        if not attempts:
            return FetchFailed(
                f"{source} cannot be fetched: no source left to try",
                location=source.location,
                hint="GENODE_CONTRIB_MIRRORS forbids its URL and names no other",
            )
        hint = "GENODE_CONTRIB_MIRRORS may name other places (directories, URLs, FROM=>TO)"
        if self._policy.offline:
            hint = (
                "run the command without --offline, or name a directory in GENODE_CONTRIB_MIRRORS"
            )
        elif attempts[-1].hint:
            hint = attempts[-1].hint
        return FetchFailed(
            f"{source} cannot be fetched: {attempts[-1]}",
            location=source.location,
            trail=tuple(str(one) for one in attempts[:-1]),
            hint=hint,
        )


def _mismatch(part: PartialDownload, digest: Digest | None) -> str:
    beginning = part.beginning(512).lstrip().lower()
    page = beginning.startswith((b"<!doctype html", b"<html"))
    what = "it is a web page, not the file; it" if page else "what came"
    algorithm = digest.algorithm if digest else "sha256"
    wanted = digest.hex if digest else ""
    return (
        f"{what} hashes to {algorithm} {part.hashes.declared} ({megabytes(part.offset)}), "
        f"expected {wanted}"
    )
