"""The files that come with the tool besides its modules, and the checkout that it may run from.

Templates, C sources of run-time libraries, probes and the like are data of the packages that use
them; `data` finds them in a checkout and in an installation alike. `etc/`, which people are meant
to read and copy, is at the top of a checkout and inside the package when installed.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The directory of the package `genode_tool`."""

IMPORT_ROOT = PACKAGE.parent
"""The directory from which the package is imported: the checkout, or a site-packages directory."""


def data(module: str, place: str) -> Path:
    """Return the file or directory `place` beside `module` (its `__name__`)."""
    return PACKAGE.joinpath(*module.split(".")[1:-1], place)


def checkout() -> Path | None:
    """Return the top directory of the checkout that we run from, None when installed alone."""
    return IMPORT_ROOT if (IMPORT_ROOT / "tool/start.py").is_file() else None


def shipped_settings() -> Path:
    """Return the directory with the settings files that the tool comes with."""
    top = checkout()
    return top / "etc" if top else PACKAGE / "etc"
