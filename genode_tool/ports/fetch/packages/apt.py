"""apt for source packages, leaving the system's own lists and settings as they are.

The system's configuration is asked first. Where it has no source entries (or never read their
lists), the cache gets a private copy of its entries with `deb-src` in place of `deb`, with lists
of its own; keys, proxies, credentials and preferences stay the system's.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.files import new_directory
from genode_tool.ports.fetch.environment import network_environment
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable
from genode_tool.regex import regex

_LONGEST = 1800.0  # seconds for one run of apt-get
_URI = regex(r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+)(?: (?P<hash>\S+))?$")
_PASSING = regex(
    r"[Cc]onnection (failed|timed out|refused)|Temporary failure|Hash Sum mismatch|502|503|504"
    r"|Could not connect|Undetermined Error"
)
# The suites that Debian's servers have, the newest first, and other names for them in entries.
_SUITES = ("sid", "forky", "trixie", "bookworm")
_ALIASES = ("unstable", "testing", "stable", "oldstable")
_ONE_LINE = regex(
    r"[ \t]*deb(?:-src)?[ \t]+(?P<before>(?:\[[^]]*\][ \t]+)?\S+)[ \t]+(?P<suites>\S+)[ \t]*"
    r"(?P<rest>[^#\n]*)"
)
_SUITES_FIELD = regex(r"(?mi)^Suites:((?:.*)(?:\n[ \t]+.*)*)$")


@dataclass(frozen=True, slots=True)
class Apt:
    """apt with `options`; () is the system's own configuration."""

    options: tuple[str, ...]
    policy: Policy

    def files(self, package: str, version: str, deadline: Deadline) -> tuple[str, ...]:
        """Return the names of the files of a source package; () when apt does not know it."""
        wanted = f"{package}={version}"
        done = self._run(
            ["apt-get", "--print-uris", "--only-source", "source", wanted], Path("/"), deadline
        )
        found = map(_URI.match, done.stdout.decode(errors="replace").splitlines())
        return tuple(match["name"] for match in found if match)

    def versions(self, package: str, deadline: Deadline) -> tuple[str, ...]:
        """Return the versions of a source package that the lists have."""
        done = self._run(["apt-cache", "--only-source", "showsrc", package], Path("/"), deadline)
        text = done.stdout.decode(errors="replace")
        names = re.findall(r"^Package: (\S+)$", text, re.MULTILINE)
        versions = re.findall(r"^Version: (\S+)$", text, re.MULTILINE)
        pairs = zip(names, versions, strict=False)
        return tuple(dict.fromkeys(version for name, version in pairs if name == package))

    def download(self, package: str, version: str, into: Path, deadline: Deadline) -> None:
        """Download the files of a source package, verified by apt, into the directory `into`.

        Raises `TemporaryFailure` or `Unavailable` with apt's words.
        """
        wanted = f"{package}={version}"
        done = self._run(
            ["apt-get", "--quiet", "--download-only", "--only-source", "source", wanted],
            into,
            deadline,
        )
        if done.returncode:
            raise _failure(done)

    def update(self, deadline: Deadline) -> None:
        """Update the package lists. Raises `TemporaryFailure` or `Unavailable` with apt's words."""
        done = self._run(["apt-get", "--quiet", "update"], Path("/"), deadline)
        if done.returncode:
            raise _failure(done)

    def _run(self, argv: list[str], cwd: Path, deadline: Deadline) -> process.Completed:
        program, *rest = argv
        timeout = f"Acquire::http::Timeout={max(1, round(self.policy.stall_timeout))}"
        retries = f"Acquire::Retries={self.policy.retries}"
        return process.run(
            [program, "-o", timeout, "-o", retries, *self.options, *rest],
            cwd=cwd,
            env=network_environment(),
            timeout=deadline.bounded(_LONGEST),
        )


def further_suites(*, etc: Path = Path("/etc/apt")) -> tuple[str, ...]:
    """Return the suites of Debian that the entries in `etc` do not name, but their servers have.

    () on another distribution: its servers do not have them.
    """
    named = {
        name
        for path in _entry_files(etc)
        for name in _suites(path.read_text(errors="replace"), path.suffix)
    }
    own = {name.partition("-")[0] for name in named} & {*_SUITES, *_ALIASES}
    return tuple(suite for suite in _SUITES if suite not in own) if own else ()


def _entry_files(etc: Path) -> list[Path]:
    files = (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*")))
    return [path for path in files if path.is_file() and path.suffix in (".list", ".sources")]


def private(
    cache: Path, policy: Policy, suite: str = "", *, etc: Path = Path("/etc/apt")
) -> tuple[Apt, bool]:
    """Return apt with a private copy of the entries in `etc`, and whether its lists were read.

    With `suite`, the entries name that suite of Debian in place of theirs. The copy is in
    `cache`, named by its content. Raises `EnvironmentProblem` when the system has no entries to
    copy.
    """
    entries: dict[str, str] = {}
    for path in _entry_files(etc):
        copied = source_entries(path.read_text(errors="replace"), path.suffix, suite)
        if copied:
            entries[path.name] = copied
    if not entries:
        raise EnvironmentProblem(
            f"apt has no package sources: {etc} has neither sources.list nor sources.list.d",
            hint="name a directory with the source package's files in GENODE_CONTRIB_MIRRORS",
        )
    key = hashlib.sha256(repr(sorted(entries.items())).encode()).hexdigest()[:16]
    place = cache / "apt" / key
    parts = place / "sources.list.d"
    lists = place / "lists"
    if not parts.is_dir():
        with new_directory(parts) as beside:
            for name, text in entries.items():
                (beside / name).write_text(text)
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    (place / "archives/partial").mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": str(parts),
        "Dir::State::Lists": f"{lists}/",
        "Dir::Cache": f"{place}/",
        "Dir::Cache::Archives": f"{place}/archives/",
        # apt's own unprivileged user cannot reach a cache in somebody's home.
        "APT::Sandbox::User": "root",
    }
    options = tuple(word for item in settings.items() for word in ("-o", "=".join(item)))
    return Apt(options, policy), any(lists.glob("*Sources*"))


def source_entries(text: str, suffix: str, suite: str = "") -> str:
    """Return the entries of a sources file (sources.list(5)) for source packages alone.

    With `suite`, only those of Debian's suites, with that one in place of theirs.
    """
    if suffix != ".sources":
        lines = []
        for line in text.splitlines():
            found = _ONE_LINE.match(line)
            name = _replaced(found["suites"], suite) if found else ""
            if found and name:
                lines.append(" ".join(["deb-src", *found["before"].split(), name, found["rest"]]))
        return "".join(f"{line.rstrip()}\n" for line in dict.fromkeys(lines))
    stanzas = []
    for stanza in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")):
        names = _SUITES_FIELD.search(stanza)
        if not names or not re.search(r"(?mi)^Types:", stanza):
            continue
        replaced = " ".join(
            dict.fromkeys(filter(None, (_replaced(name, suite) for name in names[1].split())))
        )
        if replaced:
            whole = _SUITES_FIELD.sub(f"Suites: {replaced}", stanza)
            stanzas.append(re.sub(r"(?mi)^Types:.*$(?:\n[ \t]+.*$)*", "Types: deb-src", whole))
    return "".join(f"{stanza}\n\n" for stanza in dict.fromkeys(stanzas))


def _suites(text: str, suffix: str) -> set[str]:
    """Return the names of suites in a sources file."""
    if suffix == ".sources":
        return {name for found in _SUITES_FIELD.findall(text) for name in found.split()}
    return {found["suites"] for found in map(_ONE_LINE.match, text.splitlines()) if found}


def _replaced(name: str, suite: str) -> str:
    """Return `suite` as the entry for suite `name` has it: with `-security` and the like."""
    if not suite:
        return name
    base, dash, pocket = name.partition("-")
    if base not in (*_SUITES, *_ALIASES):
        return ""
    # unstable has no -security and no -updates suites.
    return f"{suite}{dash}{pocket}" if suite != "sid" else ("" if dash else suite)


def _failure(done: process.Completed) -> Exception:
    text = done.stderr.decode(errors="replace")
    lines = [line[3:] for line in text.splitlines() if line.startswith(("E: ", "W: "))]
    words = "apt-get: " + ("; ".join(dict.fromkeys(lines)) or f"exit code {done.returncode}")
    return TemporaryFailure(words) if _PASSING.search(text) else Unavailable(words)
