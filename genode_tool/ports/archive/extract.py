"""Extraction of one archive in any of the known formats, never outside of its directory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.events import Note, Sink, discard
from genode_tool.ports.archive.expanding import Format, format_of
from genode_tool.ports.archive.names import BadArchive, shown
from genode_tool.ports.archive.options import Extracted, ExtractOptions, Limits
from genode_tool.ports.archive.stage import leads_outside, settle, staging, suspicious_links
from genode_tool.ports.archive.tar import extract_tar
from genode_tool.ports.archive.zip import extract_zip
from genode_tool.ports.fetch.problems import PortFailed
from genode_tool.ports.fetch.progress import Activity, SourceProgress


def extract(
    path: Path,
    into: Path,
    options: ExtractOptions | None = None,
    limits: Limits | None = None,
    *,
    sink: Sink = discard,
    deadline: Deadline | None = None,
) -> Extracted:
    """Extract the archive at `path` into the directory `into`, which is created if needed.

    The format is recognized by the content: tar, bare or compressed by gzip, bzip2, xz or zstd, and
    zip. Existing content is kept unless a member replaces it. Either all of the archive's
    (selected) members arrive or, after an error, none. Members get no owner but us and no set-id
    bits; symbolic links that lead out of `into` (or of `options.cwd` where `into` lies below it)
    are left out, with a warning.

    Raises `BadArchive` (a `PortFailed`) for damage, for members that would leave `into`, devices
    and excess; `UserError` for unknown options; `EnvironmentProblem` when the disk is full or a
    program is missing.
    """
    options = options or ExtractOptions()
    limits = limits or Limits()
    deadline = deadline or Deadline()
    path, into = path.absolute(), into.absolute()  # tar runs elsewhere
    label = options.name or path.name
    steps = SourceProgress(sink, label)
    try:
        with path.open("rb") as file:
            kind = format_of(file.read(512))
    except OSError as error:
        raise PortFailed(
            f"{label}: cannot read {path}: {error.strerror}", location=options.location
        ) from error
    if kind is None:
        raise BadArchive(
            f"{label}: {path} is not an archive of a known kind (tar, gz, bz2, xz, zst, zip)",
            location=options.location,
        )
    steps.begin(Activity.EXTRACT, str(path))
    cwd = options.cwd
    boundary = cwd if cwd and into.is_relative_to(cwd.absolute()) else into
    key = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]
    with staging(into, key) as stage:
        if kind is Format.ZIP:
            totals, warnings = extract_zip(path, stage, options, limits, steps, deadline)
        else:
            totals, warnings = extract_tar(path, kind, stage, options, limits, steps, deadline)
        links = suspicious_links(stage) if totals.suspicious else []
        settle(stage, into, label)
    left_out = []
    # Judged in their final places: where a link leads depends on the links that were there
    # before, and it may leave `into` for another part of the port.
    for link in links:
        if leads_outside(into / link, boundary):
            target = shown(os.fsencode((into / link).readlink()))
            left_out.append(shown(os.fsencode(link)))
            (into / link).unlink()
            text = f"{label}: link `{left_out[-1]}` leads outside, to {target}: left out"
            sink(Note(text, "warning"))
    for words in warnings:
        sink(Note(f"{label}: {path.name}: {words}", "warning"))
    return Extracted(totals.members, totals.size, tuple(left_out))
