"""The launcher's slow path: system packages and private environment, on the system's Python.

Arguments: the environment's directory, the requirements file, then the user's command line.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from genode_tool.cli.setup import environment, packages
from genode_tool.cli.setup.needs import needs_of
from genode_tool.errors import GenodeError
from genode_tool.report.diagnostic import diagnostic_lines


def set_up(place: Path, requirements: Path, words: list[str]) -> int:
    """Prepare for the command line `words`; returns the exit code."""
    try:
        provide = "--no-install" not in words and packages.may_install()
        packages.provide(needs_of(words).programs(), may_install=provide, place=place.parent)
        environment.make(place, requirements)
    except GenodeError as error:
        print("\n".join(diagnostic_lines(error.diagnostic)), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(set_up(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
