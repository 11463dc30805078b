"""Runs one Tcl text under `expect` and under the engine."""

from __future__ import annotations

import subprocess
from pathlib import Path

from genode_tool.run.events import ScriptOutput
from genode_tool.run.verdict import Outcome
from tests.shared.standin import make_tree

SHOW = r"""
proc show {text} { puts [string map [list \r R \n N \t T \x1b E] $text] }
proc arrived {text} {
    upvar 1 spawn_id spawn_id
    expect -notransfer -timeout 60 -ex $text {} timeout { error "$text did not come" }
}
"""


def under_both(place: Path, text: str) -> tuple[list[str], list[str]]:
    """Return the lines that `expect` prints and those of the engine; both have to end well.

    `show` prints a text on one line; `arrived` waits for a text and leaves it to be matched.
    """
    body = SHOW + text
    script = place / "script.exp"
    script.write_text("log_user 0\n" + body)
    done = subprocess.run(
        ["expect", "-N", "-n", str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    tree = make_tree(place)
    tree.kernel = tree.board = "linux"
    verdict = tree.run(body)
    assert verdict.outcome is Outcome.PASSED, (verdict, done.stdout)
    ours = [event.text for event in tree.events if isinstance(event, ScriptOutput)]
    return done.stdout.splitlines(), ours
