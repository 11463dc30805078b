"""A `wget` for recipes of older trees: fetches one URL as all ports are fetched."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from genode_tool.errors import GenodeError
from genode_tool.events import Event, Note
from genode_tool.ports.fetch.cache.downloads import Cache, copy_into_place
from genode_tool.ports.fetch.fetcher import Fetcher
from genode_tool.ports.fetch.mirrors import parse_mirrors
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.source import PortSource, SourceKind, path_name
from genode_tool.ports.older_trees.shims import CACHE, INSECURE, OFFLINE


def main() -> int:
    """Do what `wget` is called for by recipes: `-O FILE`, `-P DIR`, `-c`, `-q`, one URL."""
    try:
        url, path = parse_command_line(sys.argv[1:])
        policy = Policy(
            offline=bool(os.environ.get(OFFLINE)),
            insecure_hosts=frozenset(os.environ.get(INSECURE, "").split()),
            mirrors=parse_mirrors(os.environ.get("GENODE_CONTRIB_MIRRORS", "")),
            allow_unverified=True,
        )
        cache = Cache(Path(os.environ[CACHE]))
        source = PortSource(SourceKind.FILE, path.name, (url,), file_name=path.name)
        fetched = Fetcher(policy, cache, _report).fetch_file(source)
        copy_into_place(fetched.path, path)
    except GenodeError as error:
        lines = [f"wget: {error}", *error.trail, *([error.hint] if error.hint else [])]
        print("\n  ".join(lines), file=sys.stderr)
        # wget(1), "Exit status": 4 is a network failure, 1 any other error.
        return 4 if error.exit_code == 1 else 1
    return 0


def _report(event: Event) -> None:
    if isinstance(event, Note):
        print(f"wget: {event.text}", file=sys.stderr, flush=True)


def parse_command_line(arguments: Sequence[str]) -> tuple[str, Path]:
    """Return the URL and the file that a command line of wget means."""
    url, directory, output = "", "", ""
    rest = iter(arguments)
    for word in rest:
        if word.startswith("--"):
            name, _, value = word.partition("=")
            if name == "--output-document":
                output = value
            elif name == "--directory-prefix":
                directory = value
        elif word.startswith("-"):
            letter = next((one for one in word[1:] if one in "OP"), "")
            if letter:
                value = word.partition(letter)[2] or next(rest, "")
                output, directory = (value, directory) if letter == "O" else (output, value)
        else:
            url = word
    return url, Path(output) if output else Path(directory or ".") / path_name(url)


if __name__ == "__main__":
    sys.exit(main())
