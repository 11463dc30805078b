"""Other places to ask before the one that a description names.

`GENODE_CONTRIB_MIRRORS` (words separated by blanks, quotes as in a shell) or the setting
`mirrors.ports` (an array of words) holds:

* a directory, or a `file:` URL: searched for the file under the names that `mirror_names` lists;
* a URL: asked for the same names;
* a rule `FROM=>TO`: a URL that begins with FROM is asked for at TO instead of FROM first. It
  counts for git and Subversion as well, and TO may be a directory. An empty TO means that URLs
  beginning with FROM are never asked for, which spares a closed network the timeouts.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from genode_tool.errors import Location, UserError
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind, base_name, path_name


@dataclass(frozen=True, slots=True)
class Mirror:
    """A directory, or the URL below which files of many origins are stored."""

    place: str

    @property
    def directory(self) -> Path | None:
        """The directory, or None for a mirror on the network."""
        return local_path(self.place)


@dataclass(frozen=True, slots=True)
class RewriteRule:
    """URLs that begin with `prefix` are found with `replacement` in its place."""

    prefix: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Mirrors:
    """All places, in order."""

    mirrors: tuple[Mirror, ...] = ()
    rules: tuple[RewriteRule, ...] = ()

    @property
    def text(self) -> str:
        """The value of `GENODE_CONTRIB_MIRRORS` that says the same."""
        words = [mirror.place for mirror in self.mirrors]
        words += [f"{rule.prefix}=>{rule.replacement}" for rule in self.rules]
        return shlex.join(words)

    def rewritten(self, url: str) -> tuple[str, ...]:
        """Return where `url` is to be asked for: replacements first, itself unless forbidden."""
        found = [rule for rule in self.rules if url.startswith(rule.prefix)]
        places = [r.replacement + url[len(r.prefix) :] for r in found if r.replacement]
        if all(rule.replacement for rule in found):
            places.append(url)
        return tuple(dict.fromkeys(places))

    def file_places(self, source: PortSource, digest: Digest | None) -> Iterator[str]:
        """Yield the paths and URLs at which mirrors and upstream may have the file."""
        for mirror in self.mirrors:
            for url in source.urls or ("",):
                for name in mirror_names(url, source.local_name, digest):
                    yield _below(mirror, name)
        for url in source.urls:
            yield from self.rewritten(url)

    def repository_places(self, source: PortSource) -> Iterator[str]:
        """Yield the paths and URLs at which a git or Subversion repository may be."""
        for mirror in self.mirrors:
            for url in source.urls:
                for name in _repository_names(url, source):
                    yield _below(mirror, name)
        for url in source.urls:
            yield from self.rewritten(url)


def mirror_names(url: str, local_name: str, digest: Digest | None) -> tuple[str, ...]:
    """Return the names below a mirror that a file may have, the surest first.

    As in `contrib/cache` (so that the cache of one tree is a mirror for another), as a recursive
    download lays it out (HOST/PATH), and the plain file name.
    """
    base = base_name(local_name)
    names = [f"{digest.hex}_{base}"] if digest else []
    parts = split_url(url)
    if parts.hostname:
        names.append(f"{parts.hostname}{parts.path}")
    names += [base, path_name(url)]
    return tuple(name for name in dict.fromkeys(names) if name)


def _repository_names(url: str, source: PortSource) -> tuple[str, ...]:
    parts = split_url(url)
    path = f"{parts.hostname}{parts.path}".rstrip("/").removesuffix(".git")
    last = path.rpartition("/")[2]
    names = [path, last] if parts.hostname else [last]
    if source.kind is SourceKind.SVN:
        return tuple(names)
    return tuple(
        name + end for name in names for end in (".bundle", ".git", "") if name not in ("", "..")
    )


def _below(mirror: Mirror, name: str) -> str:
    directory = mirror.directory
    if directory is not None:
        return str(directory / unquote(name).lstrip("/"))
    # `%` stays: a path taken from a URL is quoted already.
    return f"{mirror.place.rstrip('/')}/{quote(name, safe='/%+~:@!$&(),;=')}"


def local_path(place: str) -> Path | None:
    """Return the path that a place means when it is on this machine."""
    if place.startswith("file:"):
        return Path(unquote(split_url(place).path))
    return Path(place) if place.startswith("/") else None


def parse_mirrors(text: str) -> Mirrors:
    """Read the value of `GENODE_CONTRIB_MIRRORS`.

    Raises `UserError` for a word that is not an absolute directory, a URL or a rule.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UserError(f"GENODE_CONTRIB_MIRRORS: `{text}`: {str(error).lower()}") from None
    try:
        return mirrors_of(words, None)
    except UserError as error:
        raise UserError(f"GENODE_CONTRIB_MIRRORS: {error.message}") from None


def mirrors_of(words: Iterable[str], location: Location | None) -> Mirrors:
    """Return the places that `words` name, which come from `location`.

    Raises `UserError` for a word that is not an absolute directory, a URL or a rule.
    """
    mirrors: list[Mirror] = []
    rules: list[RewriteRule] = []
    for word in words:
        before, arrow, after = word.partition("=>")
        if arrow and before:
            rules.append(RewriteRule(before, after))
        elif not arrow and (word.startswith("/") or "://" in word):
            mirrors.append(Mirror(word))
        else:
            raise UserError(
                f"`{word}` is not a mirror: wanted an absolute directory, a URL, or a rule"
                " FROM=>TO",
                location=location,
            )
    return Mirrors(tuple(mirrors), tuple(rules))
