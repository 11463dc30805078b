"""Evaluate a driver makefile once per library, all in this process; a peer of `bench/makefile.py`.

    python bench/evaluate_all.py DRIVER RECORD NAME…

Prints each library's LIBS, as the driver's recipe does under make. RECORD names a file, "-" for
none; when it does not exist, what the evaluations looked at is kept in it, otherwise the
evaluations are spared if nothing of it changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from genode_tool.makefile import (
    Evaluation,
    MemoInputs,
    ParseCache,
    RealInputs,
    Record,
    RecordingInputs,
)


def main() -> None:
    """Evaluate, or find out that there is no need to."""
    driver, record, *names = sys.argv[1:]
    kept = Path(record)
    if record != "-" and kept.exists():
        data = json.loads(kept.read_text())
        known = Record.from_data(data["record"])
        if known and known.stale(MemoInputs(RealInputs())) is None:
            print("\n".join(data["result"]))
            return
    result, seen = evaluate(driver, names)
    print("\n".join(result))
    if record != "-":
        kept.write_text(json.dumps({"record": seen.to_data(), "result": result}))


def evaluate(driver: str, names: list[str]) -> tuple[list[str], Record]:
    """Return one line per library, and what was looked at for all of them together."""
    cache = ParseCache()
    inputs = RecordingInputs(MemoInputs(RealInputs()))
    result = []
    for name in names:
        ev = Evaluation(inputs, cwd=str(Path(driver).parent), variables={"LIB": name}, cache=cache)
        ev.include(driver)
        result.append(f"{name}: {ev.value('LIBS')} {ev.value('OBJECTS')}")
    return result, inputs.record


if __name__ == "__main__":
    main()
