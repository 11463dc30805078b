"""`python -m genode_tool`."""

from __future__ import annotations

import sys

from genode_tool.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
