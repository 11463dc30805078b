"""Exports of Subversion repositories, by the svn program."""

from __future__ import annotations

import errno
import hashlib
import shutil
from pathlib import Path
from urllib.parse import quote

from genode_tool import process
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import Note, Sink
from genode_tool.files import new_directory
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.environment import network_environment
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import (
    FetchFailed,
    TemporaryFailure,
    Unavailable,
    disk_problem,
    without_password,
)
from genode_tool.ports.fetch.progress import Activity, SourceProgress
from genode_tool.ports.fetch.retry import with_retries
from genode_tool.ports.fetch.source import Fetched, PortSource
from genode_tool.programs import how_to_get
from genode_tool.regex import regex

_LONGEST = 4 * 3600.0  # seconds for one export
_PERMANENT = regex(r"E(170000|170001|160013|160006|180001|230001|200009)\b")


def export(
    source: PortSource, into: Path, policy: Policy, cache: Cache, deadline: Deadline, sink: Sink
) -> Fetched:
    """Create the directory `into` as the export of `source`, completely or not at all.

    An export of a numbered revision stays in the cache. Raises `FetchFailed`, `UserError` for a
    description without REV or URL, and `EnvironmentProblem` (disk, missing svn).
    """
    if not source.revision or not source.urls:
        missing = "REV" if source.urls else "URL"
        raise UserError(f"{source}: {missing}({source.name}) is not defined")
    number = source.revision.removeprefix("r")
    key = hashlib.sha256(f"{source.url}@{number}".encode()).hexdigest()
    cached = cache.directory / "svn" / key[:32]
    try:
        if number.isdecimal() and cached.is_dir():
            _copy(cached, into)
            return Fetched(into, "cache", revision=number)
        origin = _export_first(source, into, policy, deadline, sink)
        if number.isdecimal():
            cache.make()
            _copy(into, cached)
    except OSError as error:
        raise disk_problem(error, into) from error
    return Fetched(into, origin, revision=number)


def _export_first(
    source: PortSource, into: Path, policy: Policy, deadline: Deadline, sink: Sink
) -> str:
    """Export from the first place that has it; returns the place."""
    if process.find_program("svn") is None:
        raise EnvironmentProblem(
            f"{source} needs svn, which is not installed", hint=how_to_get("svn")
        )
    attempts: list[str] = []
    steps = SourceProgress(sink, str(source))
    for place in policy.mirrors.repository_places(source):
        path = local_path(place)
        if path is not None and not _is_in_repository(path):
            attempts.append(f"{path}: no such repository")
        elif path is None and policy.offline:
            attempts.append(f"{without_password(place)}: not asked: offline")
        else:
            url = place if path is None else f"file://{quote(str(path))}"

            def attempt(url: str = url) -> None:
                steps.begin(Activity.EXPORT, url)
                _run(url, source, into, policy, deadline, sink)

            try:
                with_retries(attempt, str(source), policy, deadline, sink)
            except Unavailable as error:
                attempts.append(f"{without_password(place)}: {error}")
            else:
                return without_password(place)
    raise FetchFailed(
        f"{source} cannot be fetched at revision {source.revision}: "
        + (attempts[-1] if attempts else "no source left to try"),
        location=source.location,
        trail=tuple(attempts[:-1]),
        hint="GENODE_CONTRIB_MIRRORS may name other places (directories, URLs, FROM=>TO)",
    )


def _run(
    url: str, source: PortSource, into: Path, policy: Policy, deadline: Deadline, sink: Sink
) -> None:
    beside = into.with_name(f".{into.name}.export")
    shutil.rmtree(beside, ignore_errors=True)
    timeout = f"servers:global:http-timeout={max(1, round(policy.stall_timeout))}"
    command = ["svn", "export", "--quiet", "--non-interactive", "--config-option", timeout]
    if (host := split_url(url).hostname or "") in policy.insecure_hosts:
        sink(
            Note(f"the certificate of {host} is NOT checked, as --insecure {host} asks", "warning")
        )
        command += ["--trust-server-cert-failures", "unknown-ca,cn-mismatch,expired,not-yet-valid"]
    # The peg revision: the path as it was called then, which may be gone from the newest one.
    command += ["--", f"{url}@{source.revision}", str(beside)]
    try:
        done = process.run(command, env=network_environment(), timeout=deadline.bounded(_LONGEST))
        if done.returncode:
            text = done.stderr.decode(errors="replace").strip()
            if "E000028" in text or "No space left" in text:
                raise disk_problem(OSError(errno.ENOSPC, "no space"), beside)
            words = "; ".join(line.removeprefix("svn: ") for line in text.splitlines())
            raise (Unavailable if _PERMANENT.search(text) else TemporaryFailure)(words)
        beside.rename(into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_in_repository(path: Path) -> bool:
    return any((p / "format").is_file() and (p / "db").is_dir() for p in (path, *path.parents))


def _copy(directory: Path, into: Path) -> None:
    """Copy a tree so that `into` is there completely or not at all."""
    with new_directory(into) as beside:
        shutil.copytree(directory, beside, symlinks=True, dirs_exist_ok=True)
