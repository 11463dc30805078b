"""Many damaged inputs by hand; see the package.

Prints each fault with its seed, and a summary; the exit status is 1 when there are faults.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile

from tests.attack.fuzz.attempts import NAMES, attempt_part

_STEP = 1000


def main() -> int:
    """Try what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack.fuzz")
    parser.add_argument("subject", choices=("all", *NAMES))
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=_STEP, help="how many of each")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--kept", default="", help="a directory with inputs to try first")
    options = parser.parse_args()
    names = NAMES if options.subject == "all" else (options.subject,)
    end = options.seed + options.count
    total = faults = 0
    longest = 0.0
    # A process of its own for each part: it is confined for good, and its memory is returned.
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="genode-fuzz-") as top,
        context.Pool(options.jobs, maxtasksperchild=1) as pool,
    ):
        parts = [
            (
                name,
                first,
                min(_STEP, end - first),
                top,
                options.kept if first == options.seed else "",
            )
            for first in range(options.seed, end, _STEP)
            for name in names
        ]
        for done in pool.starmap(attempt_part, parts, chunksize=1):
            total, faults, longest = total + done[0], faults + done[1], max(longest, done[2])
    print(f"{total} inputs: {faults} faults, the longest took {longest:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
