"""All benchmarks: one file of results, one page, and what has changed since earlier results.

    python3 bench/all.py [--only NAME]... [--rounds N] [--upstream TREE] [--long]
                         [--out DIR] [--earlier RESULTS.json]

Runs each program of this directory as it is called alone, and writes `results.json` and
`results.md` to DIR (default: build/bench). The page has a table for each case: times, memory, and
ratios to the first peer. With --earlier, a column tells how the ratio of the processor time in
user mode, which depends least on what else runs, has changed. Programs that compare with a tree
of the original run with --upstream (default: GENODE_UPSTREAM); --long adds those that take more
than a few minutes. One that fails, mostly since its peer is not there, does not end the others:
the page says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import RESULTS

HERE = Path(__file__).resolve().parent
FORM = 1
Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Program:
    """One of the programs; `{tree}` in its arguments stands for a tree of the original."""

    name: str
    arguments: Sequence[str] = ()
    rounds: bool = True
    long: bool = False

    @property
    def needs_tree(self) -> bool:
        """Whether it compares with a tree of the original."""
        return "{tree}" in self.arguments


PROGRAMS = (
    Program("makefile"),
    Program("build"),
    Program("run"),
    Program("ports"),
    Program("console"),
    Program("depot", ("{tree}",)),
    Program("upstream_build", ("{tree}", "--stage1")),
    Program("toolchain", rounds=False, long=True),
)


def main() -> None:
    """Run the programs and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    names = [one.name for one in PROGRAMS]
    parser.add_argument("--only", action="append", choices=names, help="run this program")
    parser.add_argument("--rounds", type=int, default=5, help="measured calls per peer")
    parser.add_argument("--upstream", default=os.environ.get("GENODE_UPSTREAM", ""))
    parser.add_argument("--long", action="store_true", help="also what takes long")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build/bench")
    parser.add_argument("--earlier", type=Path, help="results to compare with")
    options = parser.parse_args()
    earlier = _read(options.earlier) if options.earlier else None
    options.out.mkdir(parents=True, exist_ok=True)
    results = {
        "form": FORM,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "programs": [_run(one, options) for one in PROGRAMS if _wanted(one, options)],
    }
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    text = "\n".join(page(results, earlier)) + "\n"
    (options.out / "results.md").write_text(text)
    print(f"\n{options.out}/results.md")
    if any(one["error"] for one in results["programs"]):  # type: ignore[attr-defined]
        sys.exit(1)


def _read(path: Path) -> Results:
    try:
        results: Results = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")
    if not isinstance(results, dict) or results.get("form") != FORM:
        sys.exit(f"{path}: no results of this program")
    return results


def _wanted(program: Program, options: argparse.Namespace) -> bool:
    if options.only:
        return program.name in options.only
    return (options.long or not program.long) and bool(options.upstream or not program.needs_tree)


def _run(program: Program, options: argparse.Namespace) -> dict[str, Any]:
    """Run one program; return what it has measured, and why it failed."""
    arguments = [one.format(tree=options.upstream) for one in program.arguments]
    if program.rounds:
        arguments += ["--rounds", str(options.rounds)]
    print(f"\n== {program.name}", flush=True)
    with tempfile.NamedTemporaryFile(prefix="genode-bench-") as kept:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(HERE / f"{program.name}.py"), *arguments],
            env={**os.environ, RESULTS: kept.name},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        seconds = round(time.monotonic() - began, 1)
        cases = [json.loads(line) for line in Path(kept.name).read_text().splitlines()]
    sys.stderr.write(done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    error = (lines[-1] if lines else f"exit code {done.returncode}") if done.returncode else ""
    return {"program": program.name, "seconds": seconds, "error": error, "cases": cases}


def machine() -> dict[str, str]:
    """Return what the figures depend on: the processor, memory, system, programs."""
    described = {
        "processor": _after("/proc/cpuinfo", "model name"),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _after("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "load at the beginning": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
    }
    for name in ("make", "ninja", "expect", "qemu-system-x86_64", "gcc"):
        described[name] = _version(name)
    return {name: value for name, value in described.items() if value}


def _after(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "")


def _version(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    return lines[0].strip() if lines else ""


def page(results: Results, earlier: Results | None) -> Iterator[str]:
    """Yield the lines of the page, in Markdown."""
    yield "# Measurements"
    yield ""
    yield f"By `bench/all.py`, {results['date']}. Medians; ratios are to the first line of a table."
    yield ""
    for name, value in results["machine"].items():
        yield f"* {name}: {value}"
    if earlier is not None:
        yield f"* compared with: {earlier['date']}, {earlier['machine'].get('processor', '')}"
    before = ratios(earlier) if earlier is not None else {}
    now = ratios(results)
    for program in results["programs"]:
        yield ""
        yield f"## {program['program']}"
        if program["error"]:
            yield ""
            yield f"Failed: {program['error']}"
        for case in program["cases"]:
            yield ""
            yield f"{case['title']} (median of {case['rounds']})"
            yield ""
            yield from _table(program["program"], case, now, before if earlier else None)


Ratios = dict[tuple[str, str, str], float]


def _table(program: str, case: Any, now: Ratios, before: Ratios | None) -> Iterator[str]:
    heads = ["", "wall s", "cpu s", "user s", "peak MiB", "ratio of user s"]
    heads += ["earlier", "change"] if before is not None else []
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' + '--:|' * (len(heads) - 1)}"
    for peer in case["peers"]:
        key = (program, case["title"], peer["name"])
        ratio = now.get(key)
        cells = [peer["name"], *(f"{peer[one]:.3f}" for one in ("wall", "cpu", "user"))]
        cells += [f"{peer['peak']:.1f}", f"{ratio:.2f}" if ratio else "-"]
        if before is not None:
            former = before.get(key)
            cells.append(f"{former:.2f}" if former else "-")
            cells.append(f"{100 * (ratio / former - 1):+.0f} %" if former and ratio else "-")
        yield f"| {' | '.join(cells)} |"


def ratios(results: Results) -> Ratios:
    """Return the ratio to the first peer in user time, by program, case and peer."""
    found: Ratios = {}
    for program in results["programs"]:
        for case in program["cases"]:
            first = case["peers"][0]["user"]
            for peer in case["peers"]:
                if first:
                    key = (program["program"], case["title"], peer["name"])
                    found[key] = peer["user"] / first
    return found


if __name__ == "__main__":
    main()
