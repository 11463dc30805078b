"""Hand-over from the launcher to the command line; runs in the private environment."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def prepare(words: list[str]) -> None:
    """Get the system packages that the command line `words` needs."""
    from genode_tool.cli.setup import environment, packages
    from genode_tool.cli.setup.needs import needs_of

    own = Path(sys.prefix)
    environment.mark_used(own)
    provide = "--no-install" not in words and packages.may_install()
    packages.provide(needs_of(words).programs(), may_install=provide, place=own.parent)


def start() -> int:
    """Run the command line; a Ctrl-C while the modules are being read is one, too."""
    try:
        from genode_tool.cli.main import main

        return main(sys.argv[1:], prepare=prepare)
    except KeyboardInterrupt:
        exec("")  # see main(): otherwise Python's own way to end replaces our exit code
        print("genode: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(start())
