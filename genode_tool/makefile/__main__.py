"""`python -m genode_tool.makefile`: the make language as a program."""

from __future__ import annotations

import gc
import shlex
import sys


def main() -> int:
    """Run make with the arguments of this process; return its exit status."""
    from genode_tool.makefile.executor.frontend import run_make
    from genode_tool.makefile.executor.interrupts import Interrupted, Interrupts, end_by

    # Nearly all that is read stays until the end; looking for garbage takes a third of the time.
    gc.disable()
    make = f"{shlex.quote(sys.executable)} -m genode_tool.makefile"
    try:
        with Interrupts() as interrupts:
            return run_make(sys.argv[1:], make=make, check=interrupts.check)
    except Interrupted as cause:
        end_by(cause.signum)
        return 128 + cause.signum
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
