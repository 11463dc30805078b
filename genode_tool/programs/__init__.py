"""The external programs that features depend on, and the packages that contain them.

The list is `etc/programs.toml`: the launcher installs from it, `genode doctor` prints it, and the
hints of errors about missing programs come from it. Standard library only: the launcher reads it
before its environment exists.
"""

from __future__ import annotations

from pathlib import Path


def how_to_get(name: str) -> str:
    """Return the hint for an error about the missing program `name`: its package, if known."""
    # Every command can raise such an error; the settings are read when it does.
    from genode_tool.programs.catalogue import program

    found = program(name)
    if found is None or not found.package:
        return "`genode doctor` lists the usual programs and their packages"
    return f"{found.owner} package {found.package}; `genode doctor` lists all that is missing"


def find_listed(name: str) -> Path | None:
    """Return where the program or file `name` of the list is, under one of its names, or None."""
    from genode_tool.programs.catalogue import program

    found = program(name)
    return found.find() if found else None
