"""Steps of builds that work on ELF files, as a program.

    python -I -S genode_tool/binary/__main__.py check-abi INTERNAL LIBRARY SYMBOLS

INTERNAL lists names, one a line, that no ABI may have; the file need not exist. The program runs
without installed packages (-I -S), because it is started once for each library of a build.
"""

from __future__ import annotations

import os
import sys

_TOP = os.path.realpath(f"{__file__}/../../..")
sys.path.insert(0, _TOP)  # -I leaves the path without our own package

from genode_tool.binary.abi import violations  # noqa: E402


def main(arguments: list[str]) -> int:
    """Check the library and symbol file that `arguments` name; return the exit status."""
    if len(arguments) != 4 or arguments[0] != "check-abi":
        sys.stderr.write(f"{__doc__}\n")
        return 2
    internal, library, symbols = arguments[1:]
    try:
        names = _read(internal).decode().split() if os.path.isfile(internal) else []  # noqa: PTH113
        found = violations(_read(library), _read(symbols).decode(), frozenset(names))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{library}: error: cannot check the ABI: {error}\n")
        return 1
    for line, message in found:
        sys.stderr.write(f"{symbols}:{line}: error: {message} (ABI of {library})\n")
    return 1 if found else 0


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than this takes
        return file.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
