"""`STATIC_ANALYZE`: clang's static analyzer checks each source file that is compiled.

`scan-build` (clang's manual, "scan-build: running the analyzer from the command line") runs the
build and names programs in `CC` and `CXX` that compile and analyze. Compile steps reach them
through a script in the place of the launcher, so commands are those of any other build, and
what is up to date is not analyzed. Its reports are collected in `var/analysis`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from genode_tool.files import write_atomically
from genode_tool.tree.compiler_launcher import ANALYZER, STEP_VARIABLE

ANALYZER_PREFIX = f"{ANALYZER}: "
"""The prefix of the lines that the analyzer prints about itself and its findings."""

_SCRIPT = """#!/bin/sh
CCC_CC=$1 CCC_CXX=$1
export CCC_CC CCC_CXX
shift
case $CCC_CC in
*++) exec "$CXX" "$@" ;;
*) exec "$CC" "$@" ;;
esac
"""


def under_analyzer(
    build_dir: Path, environment: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the words before a build's command, and its environment.

    Both are as before unless the analyzer is the launcher.
    """
    found = dict(environment)
    if found.get(STEP_VARIABLE) != ANALYZER:
        return [], found
    script = build_dir / "var/genode/analyzed"
    write_atomically(script, _SCRIPT)
    script.chmod(0o755)
    found[STEP_VARIABLE] = str(script)
    return [ANALYZER, "-o", str(build_dir / "var/analysis")], found
