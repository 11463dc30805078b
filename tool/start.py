"""Hand-over from the launcher to the command line; runs in the private environment."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from genode_tool.cli.main import main
from genode_tool.cli.setup import environment, packages
from genode_tool.cli.setup.needs import needs_of


def prepare(words: list[str]) -> None:
    """Get the system packages that the command line `words` needs."""
    own = Path(sys.prefix)
    environment.mark_used(own)
    provide = "--no-install" not in words and packages.may_install()
    packages.provide(needs_of(words).programs(), may_install=provide, place=own.parent)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], prepare=prepare))
