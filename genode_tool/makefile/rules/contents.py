"""The names in directories, listed once: whether files exist, without a look at each.

GNU make manual, "Implicit Rule Search Algorithm": a search asks for many files that are not there.
"""

from __future__ import annotations

from genode_tool.makefile.inputs import Inputs


class Contents:
    """The contents of directories until `forget`; a link counts, wherever it leads."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._names: dict[str, frozenset[str] | None] = {}

    def has(self, path: str) -> bool:
        """Tell whether something stands at an absolute path."""
        directory, _, name = path.rpartition("/")
        if name in ("", ".", ".."):
            return self._inputs.stat(path) is not None
        try:
            names = self._names[directory]
        except KeyError:
            listed = self._inputs.listdir(directory or "/")
            names = self._names[directory] = None if listed is None else frozenset(listed)
        if names is None:
            # It may be a directory all the same, one that must not be read.
            return self._inputs.stat(path) is not None
        return name in names

    def forget(self) -> None:
        """List directories anew: files may have come or gone."""
        self._names.clear()
