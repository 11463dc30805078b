"""Source distributions from a Python package index.

`URL(x)` names the project, `VERSION(x)` the version, `SHA(x)` the hash of the file. The index is
read by its simple repository API (specification "Simple repository API" of the Python packaging
guide, HTML and JSON form), not by `pip download`: that runs the package's own build code to learn
its metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from genode_tool.deadline import Deadline
from genode_tool.errors import UserError
from genode_tool.events import Sink
from genode_tool.ports.fetch.addresses import join_url, split_url
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.packages.pip import PipSettings, pip_settings
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import FetchFailed, Unavailable, without_password
from genode_tool.ports.fetch.progress import Activity, SourceProgress
from genode_tool.ports.fetch.retry import with_retries
from genode_tool.ports.fetch.source import PortSource
from genode_tool.ports.fetch.transports.http import Http

_ENDS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


@dataclass(frozen=True, slots=True)
class PypiPlaces:
    """The places that may have a source distribution: mirrors, then the indexes."""

    source: PortSource
    policy: Policy
    deadline: Deadline
    sink: Sink

    def __iter__(self) -> Iterator[str]:
        """Yield paths and URLs; indexes are read when the mirrors did not have it.

        Raises `FetchFailed` when no index has it, `UserError` for a description without version.
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
        settings = pip_settings()
        found = False
        attempts: list[str] = []
        for url in self._on_offer(settings, attempts):
            found = True
            yield from self.policy.mirrors.rewritten(url)
        if not found and not self.policy.offline:
            attempts.sort(key=lambda text: "it lists" in text and "no file" not in text)
            raise FetchFailed(
                f"{source}: no package index has a source distribution of {source.url} "
                f"{source.version}" + (f": {attempts[-1]}" if attempts else ""),
                location=source.location,
                trail=tuple(attempts[:-1]),
                hint="`pip config list` shows which indexes were asked",
            )

    def _likely_names(self) -> Iterator[str]:
        source = self.source
        yield source.local_name  # as in another cache
        for stem in dict.fromkeys((source.url, source.url.lower(), normalized(source.url, "_"))):
            yield from (f"{stem}-{source.version}{end}" for end in _ENDS[:2])

    def _on_offer(self, settings: PipSettings, attempts: list[str]) -> Iterator[str]:
        """Yield the URLs of the file in all places that pip would search."""
        hosts = self.policy.insecure_hosts | set(settings.trusted_hosts)
        policy = replace(self.policy, insecure_hosts=hosts)
        http = Http(policy, self.sink, settings.bundle, settings.proxy)
        pages = [*settings.find_links]
        for index in settings.indexes:
            for place in self.policy.mirrors.rewritten(index):
                pages.append(f"{place.rstrip('/')}/{normalized(self.source.url)}/")
        for page in pages:
            path = local_path(page) or (None if "://" in page else Path(page))
            if path is None and self.policy.offline:
                continue
            try:
                links = local_links(path) if path is not None else self._links(http, page)
            except Unavailable as error:
                attempts.append(f"{without_password(page)}: {error}")
                continue
            wanted = [url for url in links if self._fits(url)]
            if not wanted:
                attempts.append(
                    f"{without_password(page)}: it lists {_versions(links) or 'no file'}"
                )
            yield from wanted

    def _links(self, http: Http, page: str) -> list[str]:
        SourceProgress(self.sink, str(self.source)).begin(Activity.LIST, page)
        data, kind, final = with_retries(
            lambda: http.read(page, _ACCEPT, self.deadline),
            str(self.source),
            self.policy,
            self.deadline,
            self.sink,
        )
        return page_links(data, kind, final)

    def _fits(self, url: str) -> bool:
        """Return whether a file is the wanted version's source distribution."""
        name = unquote(split_url(url).path).rpartition("/")[2]
        for end in _ENDS:
            if name.endswith(end):
                project, _, version = name.removesuffix(end).rpartition("-")
                same = normalized(project) == normalized(self.source.url)
                return same and version == self.source.version
        return False


def normalized(name: str, mark: str = "-") -> str:
    """Return a project's name in the form that all spellings share."""
    return re.sub(r"[-_.]+", mark, name).lower()


def page_links(data: bytes, kind: str, base: str) -> list[str]:
    """Return the absolute URLs that a page of an index lists, without fragments.

    `kind` is its content type. Raises `Unavailable` for any other page.
    """
    if "json" in kind:
        try:
            files = json.loads(data)["files"]
            return [join_url(base, str(file["url"])).partition("#")[0] for file in files]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable("the answer is not a page of a package index") from error
    reader = _Anchors()
    reader.feed(data.decode(errors="replace"))
    return [join_url(base, link).partition("#")[0] for link in reader.links]


def local_links(path: Path) -> list[str]:
    """Return the files in a directory, or those that its `index.html` or an HTML file lists.

    Raises `Unavailable` when there is no such directory or file.
    """
    page = path / "index.html" if path.is_dir() else path
    try:
        if page.is_file():
            return page_links(page.read_bytes(), "text/html", page.absolute().as_uri())
        return [entry.absolute().as_uri() for entry in sorted(path.iterdir())]
    except OSError as error:
        raise Unavailable((error.strerror or "it cannot be read").lower()) from error


class _Anchors(HTMLParser):
    """Collects the targets of the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the target of an anchor."""
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def _versions(links: list[str]) -> str:
    """Return the last few source distributions among `links`, for a message."""
    names = [unquote(split_url(link).path).rpartition("/")[2] for link in links]
    return ", ".join([name for name in names if name.endswith(_ENDS)][-5:])
