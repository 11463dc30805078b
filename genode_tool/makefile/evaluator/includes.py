"""Finding makefiles and reading their content.

GNU make manual, "Including Other Makefiles".
"""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.errors import Location
from genode_tool.makefile.glob import expand_tilde
from genode_tool.makefile.inputs import Kind
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.record import field, record

STANDARD_DIRECTORIES = ("/usr/local/include", "/usr/include")


@record
class MissingInclude:
    """A makefile that was not found; an `optional` one need not exist.

    `reported`: it stands on the command line, and the user was told already.
    """

    name: str
    optional: bool
    location: Location | None
    reported: bool = False


@record(frozen=False)
class Includes:
    """The makefiles that `include` named: those not found, and how the others were named.

    `named` has all, found or not, in the order in which they were wanted.
    `deferred`: the caller deals with those that are missing, and reports as GNU make does.
    """

    deferred: bool = False
    missing: list[MissingInclude] = field(default_factory=list)
    optional: set[str] = field(default_factory=set)
    required: dict[str, Location | None] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)

    def note_missing(
        self, name: str, optional: bool, location: Location | None, reported: bool = False
    ) -> None:
        """Note a makefile that was not found."""
        self.missing.append(MissingInclude(name, optional, location, reported))
        self.named.append(name)


def search_directories(ev: Evaluator, given: Sequence[str]) -> tuple[str, ...]:
    """Return the directories of `-I` that exist, and the standard ones.

    A `-` drops those before it and the standard ones.
    """
    found: list[str] = []
    standard: tuple[str, ...] = STANDARD_DIRECTORIES
    for one in given:
        if one == "-":
            found, standard = [], ()
            continue
        directory = expand_tilde(one, ev.home) if one.startswith("~") else one
        status = ev.inputs.stat(ev.path(directory))
        if status is not None and status.kind is Kind.DIRECTORY:
            found.append(directory.rstrip("/") or "/")
    return (*found, *standard)


def find_makefile(
    ev: Evaluator, name: str, directories: tuple[str, ...]
) -> tuple[str, bytes] | None:
    """Return the path and the content of makefile `name`, None when it cannot be read.

    A relative name that is not found is looked up in `directories`.
    """
    content = ev.inputs.read(ev.path(name))
    if content is not None:
        return name, content
    if not name.startswith("/"):
        for directory in directories:
            found = f"{directory}/{name}"
            content = ev.inputs.read(ev.path(found))
            if content is not None:
                return found, content
    return None


def why_unreadable(ev: Evaluator, name: str) -> tuple[str, str]:
    """Return why makefile `name` could not be read, and what to do."""
    found = ev.inputs.stat(ev.path(name))
    if found is None:
        return "not found", "check the name and the directory it is looked up in"
    if found.kind is Kind.DIRECTORY:
        return "is a directory", "name a file in it"
    return "cannot be read", "check the permissions of the file"
