"""apt for source packages, leaving the system's own lists and settings as they are.

The system's configuration is asked first. Where it has no source entries (or never read their
lists), a private copy of its entries with `deb-src` in place of `deb` is kept in the cache, with
lists of its own; keys, proxies, credentials and preferences stay the system's.
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
from genode_tool.ports.fetch.problems import Trouble, Unavailable

_LONGEST = 1800.0  # seconds for one run of apt-get
_URI = re.compile(r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+)(?: (?P<hash>\S+))?$")
_PASSING = re.compile(
    r"[Cc]onnection (failed|timed out|refused)|Temporary failure|Hash Sum mismatch|502|503|504"
    r"|Could not connect|Undetermined Error"
)


@dataclass(frozen=True, slots=True)
class Apt:
    """apt with `options`; () is the system's own configuration."""

    options: tuple[str, ...]
    policy: Policy

    def files(self, package: str, version: str, deadline: Deadline) -> tuple[str, ...]:
        """Return the names of the files of a source package; () when it is not known."""
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

        Raises `Trouble` or `Unavailable` with apt's words.
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
        """Read the lists anew. Raises `Trouble` or `Unavailable` with apt's words."""
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


def private(cache: Path, policy: Policy, etc: Path = Path("/etc/apt")) -> tuple[Apt, bool]:
    """Return apt with a private copy of the entries in `etc`, and whether its lists were read.

    The copy is in `cache`, named by its content. Raises `EnvironmentProblem` when the system
    has no entries to copy.
    """
    entries: dict[str, str] = {}
    for path in (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))):
        if path.is_file() and path.suffix in (".list", ".sources"):
            copied = source_entries(path.read_text(errors="replace"), path.suffix)
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


def source_entries(text: str, suffix: str) -> str:
    """Return the entries of a sources file (sources.list(5)) for source packages alone."""
    if suffix == ".sources":
        return (
            re.sub(r"(?mi)^Types:.*$(?:\n[ \t]+.*$)*", "Types: deb-src", text)
            if re.search(r"(?mi)^Types:", text)
            else ""
        )
    lines = []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] in ("deb", "deb-src"):
            lines.append(" ".join(["deb-src", *words[1:]]))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _failure(done: process.Completed) -> Exception:
    text = done.stderr.decode(errors="replace")
    lines = [line[3:] for line in text.splitlines() if line.startswith(("E: ", "W: "))]
    words = "apt-get: " + ("; ".join(dict.fromkeys(lines)) or f"exit code {done.returncode}")
    return Trouble(words) if _PASSING.search(text) else Unavailable(words)
