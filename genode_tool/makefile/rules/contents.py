"""The names in directories, listed once: whether files exist, without a look at each.

GNU make manual, "Implicit Rule Search Algorithm": a search asks for many files that are not there.
"""

from __future__ import annotations

from genode_tool.makefile.inputs import Inputs, Kind


class Contents:
    """The contents of directories until `forget`; a link counts, wherever it leads.

    Relative names start from the directory `cwd`.
    """

    def __init__(self, inputs: Inputs, cwd: str) -> None:
        self._inputs = inputs
        self._start = cwd if cwd.endswith("/") else f"{cwd}/"
        # By what stands before a name, with its slash; None for what cannot be listed.
        self._names: dict[str, frozenset[str] | None] = {}

    def has(self, name: str) -> bool:
        """Tell whether there is something of that name."""
        cut = name.rfind("/") + 1
        base = name[cut:]
        names = self.names(name[:cut])
        if names is None or not base:
            return self._inputs.stat(self._path(name)) is not None
        return base in names

    def names(self, directory: str) -> frozenset[str] | None:
        """Return what a directory, named with its slash, has; None if it cannot be listed."""
        try:
            return self._names[directory]
        except KeyError:
            names = self._names[directory] = self._list(directory)
            return names

    def forget(self) -> None:
        """List directories anew: files may have come or gone."""
        self._names.clear()

    def _path(self, name: str) -> str:
        return name if name.startswith("/") else self._start + name

    def _list(self, directory: str) -> frozenset[str] | None:
        path = self._path(directory).rstrip("/") or "/"
        listed = self._inputs.listdir(path)
        if listed is not None:
            return frozenset((".", "..", *listed))
        # One that must not be read has files all the same.
        found = self._inputs.stat(path)
        return None if found is not None and found.kind is Kind.DIRECTORY else frozenset()
