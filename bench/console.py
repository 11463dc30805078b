"""Consoles: the last line of a long log, waited for by expect(1) and by the engine.

    python3 bench/console.py [--rounds N] [--mib N]

The log comes from a program on a terminal, once as fast as it can be written and once in many small
pieces. Without expect, the engine is measured alone.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, compare

TREE = Path(__file__).resolve().parent.parent
_LINE = "[init -> test-log] a line of a log that is about seventy characters long"
_WRITER = """
import os, sys
total, piece = int(sys.argv[1]) << 20, int(sys.argv[2])
line = sys.argv[3].encode() + b"\\n"
chunk = memoryview(line * (piece // len(line) + 1))[:piece]
for _ in range(total // piece):
    rest = chunk
    while rest:
        rest = rest[os.write(1, rest):]
print("\\nlast line", flush=True)
"""
_ENGINE = """
import sys
from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import regex
from genode_tool.run.console.streams import Program
from genode_tool.run.console.wait import Case, Ending, wait_for
from genode_tool.run.tcl.interpreter import Interpreter
console = Console("log", Program(sys.argv[1:]), raw=True)
case = Case(regex(r"last line\\r\\n"), (console,))
match = wait_for([case], Deadline.after(600), Interpreter())
console.stop()
sys.exit(0 if match.ending is Ending.MATCH else 1)
"""
_EXPECT = r"""
log_user 0
match_max 40000
set timeout 600
eval spawn -noecho $argv
expect {
    -re {last line\r\n} { exit 0 }
    default { exit 1 }
}
"""


def main() -> None:
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="measured calls per peer")
    parser.add_argument("--mib", type=int, default=10, help="length of the log in MiB")
    options = parser.parse_args()
    for title, piece in (("at once", 65536), ("in pieces of 100 bytes", 100)):
        writer = [sys.executable, "-S", "-c", _WRITER, str(options.mib), str(piece), _LINE]
        peers = [Peer("genode", [sys.executable, "-c", _ENGINE, *writer], TREE)]
        if shutil.which("expect"):
            script = f"set argv [list {' '.join('{' + word + '}' for word in writer)}]\n{_EXPECT}"
            peers.insert(0, Peer("expect", ["expect", "-N", "-n", "-c", script], TREE))
        compare(Case(f"the last line of {options.mib} MiB, written {title}", peers, options.rounds))


if __name__ == "__main__":
    main()
