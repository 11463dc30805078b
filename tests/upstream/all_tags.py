"""The standing comparison: every release of the original, one table.

    python -m tests.upstream.all_tags GIT WORK [--tag TAG]... [--cell NAME]... [--table FILE]

GIT is a repository of the original; its releases (tags such as 16.08) and its newest commit
(`master`) are exported below WORK. The result of each cell is a file there: an interrupted call
goes on where it ended. `--table` writes the table into FILE, between two marks if FILE has them,
and keeps all results in a JSON file beside it. What is there is not done again, so that another
machine goes on, too; `--again` does cells anew. `--tag` and `--cell` (a prefix such as `graph`,
`graph/linux`, or `none`) restrict a call. `--exclude` leaves out a file that the repository does
not have. `--external NAME=GIT` adds a repository of others, as it was at the time of the release,
as `repos/NAME`; such a call has rows of its own, `TAG+external`. One process works, so that two
run side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.upstream.configurations import era_of
from tests.upstream.era_cells import Cell, Result, cells_of
from tests.upstream.era_table import (
    Results,
    insert,
    merged,
    read_record,
    table,
    write_record,
)

_RELEASE = re.compile(r"\d\d\.\d\d")
MASTER = "master"
_EXTERNAL = "+external"


def main() -> None:
    """Fill what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("git", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--cell", action="append", default=[])
    parser.add_argument("--again", action="store_true", help="do cells that have a result, too")
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--external", action="append", default=[], metavar="NAME=GIT")
    parser.add_argument("--table", type=Path, help="write Markdown here and JSON beside it")
    options = parser.parse_args()
    work = options.work.resolve()
    record = options.table.with_suffix(".json") if options.table else None
    known = read_record(record) if record else {}
    for tag in options.tag or releases(options.git):
        if options.cell != ["none"]:
            _fill(options, work, tag, known)
    if options.table:
        rows = [f"{tag}{kind}" for tag in releases(options.git) for kind in ("", _EXTERNAL)]
        results = merged(known, {row: _results(work, row) for row in rows}, rows)
        write_record(options.table.with_suffix(".json"), results)
        page = options.table.read_text() if options.table.exists() else ""
        options.table.write_text(insert(page, table(results)))


def releases(git: Path) -> list[str]:
    """Return the names of all releases, in order, and that of the newest commit."""
    found = _git(git, "tag").split()
    return [*sorted(tag for tag in found if _RELEASE.fullmatch(tag)), MASTER]


def _fill(options: argparse.Namespace, work: Path, tag: str, known: Results) -> None:
    tree = work / "trees" / f"{tag}{_EXTERNAL if options.external else ''}"
    if not tree.is_dir():
        _export(options, tag, tree)
    origin = {
        "commit": _git(options.git, "rev-parse", _revision(tag)).strip(),
        "tool": _git(Path(__file__).parent, "rev-parse", "HEAD").strip(),
    }
    for cell in _wanted(cells_of(tree, era_of(tree), work / "build"), options.cell):
        path = work / "results" / tree.name / f"{cell.name.replace('/', '+')}.json"
        earlier = known.get(tree.name, {}).get(cell.name, {})
        done = path.exists() or earlier.get("commit") == origin["commit"]
        if done and not options.again:
            continue
        begin = time.monotonic()
        try:
            result = cell.run()
        except Exception as error:
            result = Result("error", f"{type(error).__name__}: {error}"[:300])
        seconds = round(time.monotonic() - begin, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        date = f"{datetime.now(UTC):%Y-%m-%d}"
        data = {**result.data, **origin, "date": date, "seconds": seconds}
        fresh.write_text(json.dumps(data).replace(f"{tree}/", ""))
        fresh.rename(path)
        print(f"{tree.name} {cell.name}: {result.value} ({seconds} s)", flush=True)


def _wanted(cells: Iterable[Cell], names: list[str]) -> Iterator[Cell]:
    for cell in cells:
        if not names or any(cell.name.startswith(name) for name in names):
            yield cell


def _results(work: Path, tag: str) -> dict[str, dict[str, object]]:
    return {
        path.stem.replace("+", "/"): json.loads(path.read_text())
        for path in sorted((work / "results" / tag).glob("*.json"))
    }


def _revision(tag: str) -> str:
    return "HEAD" if tag == MASTER else tag


def _export(options: argparse.Namespace, tag: str, tree: Path) -> None:
    """Export a release, and the external repositories as they were at its time."""
    fresh = tree.with_name(f"{tree.name}.{os.getpid()}.new")  # another process may do the same
    _unpack(options.git, _revision(tag), fresh, options.exclude)
    date = _git(options.git, "log", "-1", "--format=%cI", _revision(tag)).strip()
    for name, _, place in (one.partition("=") for one in options.external):
        git = Path(place)
        named = tag in _git(git, "tag").split()
        before = _git(git, "rev-list", "-1", f"--before={date}", "HEAD").strip()
        if revision := tag if named else before:
            _unpack(git, revision, fresh / "repos" / name, [])
    if tree.is_dir():
        shutil.rmtree(fresh)
    else:
        fresh.rename(tree)


def _unpack(git: Path, revision: str, into: Path, exclude: list[str]) -> None:
    into.mkdir(parents=True, exist_ok=True)
    left_out = [f":(exclude){name}" for name in exclude]
    archive = ["git", "-C", str(git), "archive", revision, "--", ".", *left_out]
    with subprocess.Popen(archive, stdout=subprocess.PIPE) as packing:
        subprocess.run(["tar", "x", "-C", str(into)], stdin=packing.stdout, check=True)
    if packing.returncode:
        sys.exit(f"cannot export {revision} of {git}")


def _git(git: Path, *words: str) -> str:
    command = ["git", "-C", str(git), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
