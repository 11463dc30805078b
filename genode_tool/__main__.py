"""`python -m genode_tool`, and the console script."""

from __future__ import annotations

import sys
import time

BEGAN = time.monotonic()


def start() -> int:
    """Run the command line; a Ctrl-C while the modules are being read is one, too."""
    try:
        from genode_tool.recall import replay

        code = replay(sys.argv[1:], BEGAN)
        if code is not None:
            return code
        from genode_tool.cli.main import main

        return main()
    except KeyboardInterrupt:
        exec("")  # see main(): otherwise Python's own way to end replaces our exit code
        print("genode: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(start())
