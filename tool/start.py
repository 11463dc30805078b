"""Hand-over from the launcher to the command line; runs in the private environment.

The launcher starts Python without `site`, which finds the packages of the environment: a call
whose answer is kept (see `genode_tool.recall`) needs none of them.
"""

from __future__ import annotations

import gc
import os
import sys
import time

BEGAN = time.monotonic()
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
_DAY_S = 24 * 3600
# Collecting garbage each 700 objects takes a tenth of a short call, which makes hardly any.
gc.set_threshold(100_000, 50, 50)


def prepare(words: list[str]) -> None:
    """Get the system packages that the command line `words` needs."""
    from pathlib import Path

    from genode_tool.cli.setup.mark import mark_used
    from genode_tool.cli.setup.needs import needs_of

    own = Path(sys.prefix)
    mark_used(own)
    needs = needs_of(words)
    if needs.only_environment:
        return  # we run in it
    from genode_tool.cli.setup import found_programs

    if found_programs.still_there(own, needs):
        return
    from genode_tool.cli.setup import packages

    provide = "--no-install" not in words and packages.may_install()
    programs = needs.programs()
    packages.provide(programs, may_install=provide, place=own.parent)
    found_programs.note(own, needs, programs)


def age_of_environment(requirements: str) -> float | None:
    """Return the seconds since the environment was last marked as used; None: it is outdated.

    It has to be made for exactly these requirements.
    """
    stamp = os.path.join(os.path.dirname(os.path.dirname(sys.executable)), "stamp")
    try:
        with open(stamp, "rb") as made_for, open(requirements, "rb") as wanted:
            if made_for.read() == wanted.read():
                return time.time() - os.fstat(made_for.fileno()).st_mtime
    except OSError:
        return None
    return None


def start() -> int:
    """Run the command line; a Ctrl-C while the modules are being read is one, too."""
    try:
        requirements, *words = sys.argv[1:]
        age = age_of_environment(requirements)
        outdated = os.environ.pop("_GENODE_OUTDATED", "")
        if age is None and not outdated:
            launcher = os.path.join(HERE, "genode")
            os.execve("/bin/sh", ["sh", launcher, *words], {**os.environ, "_GENODE_OUTDATED": "1"})
        if age is not None and age < _DAY_S:
            from genode_tool.recall import replay

            code = replay(words, BEGAN)
            if code is not None:
                return code
        if sys.flags.no_site:
            import site

            site.main()
        from genode_tool.cli.main import main

        return main(words, prepare=prepare)
    except KeyboardInterrupt:
        exec("")  # see main(): otherwise Python's own way to end replaces our exit code
        print("genode: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(start())
