"""Facts about ports that need no preparation: state, version, licence, hash."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from genode_tool.errors import GenodeError
from genode_tool.files import write_atomically
from genode_tool.ports.description.evaluate import PortDescription, describe
from genode_tool.ports.fetch.source import PortSource, SourceKind
from genode_tool.ports.store.collection import Port, PortCollection


class PortState(Enum):
    """The state of a port. The value is what lists show."""

    PREPARED = "prepared"
    INCOMPLETE = "interrupted"
    OUTDATED = "other version"
    ABSENT = "-"


@dataclass(frozen=True, slots=True)
class HashCheck:
    """The hash of a description as it is, and what its hash file says ("" without one)."""

    port: Port
    computed: str
    recorded: str

    @property
    def ok(self) -> bool:
        """True if both are equal."""
        return self.computed == self.recorded


def state_of(collection: PortCollection, port: Port) -> PortState:
    """Return whether the current version of `port` is prepared."""
    names = {path.name for path in collection.versions(port.name)}
    current = f"{port.name}-{port.recorded_hash}"
    if current in names:
        return PortState.PREPARED
    if f"{current}.incomplete" in names:
        return PortState.INCOMPLETE
    # Neither unfinished versions (.incomplete) nor replaced ones (.old).
    whole = [name for name in names if "." not in name.removeprefix(port.name)]
    return PortState.OUTDATED if whole else PortState.ABSENT


@dataclass(frozen=True, slots=True)
class PortSummary:
    """A row of `genode port list --long`. `version` is "?" for a wrong description."""

    name: str
    version: str
    license: str
    state: PortState
    repository: str


def summary_of(collection: PortCollection, port: Port) -> PortSummary:
    """Return the summary of a port; a wrong description yields the error in place of a licence."""
    try:
        found = describe(collection, port)
        version, terms = found.version, found.license
    except GenodeError as error:
        version, terms = "?", error.message
    return PortSummary(port.name, version, terms, state_of(collection, port), port.repository.name)


def prepared_ports(collection: PortCollection) -> list[Port]:
    """Return the ports whose current version is prepared."""
    return [
        one for one in collection.ports.values() if state_of(collection, one) is PortState.PREPARED
    ]


def info_lines(description: PortDescription) -> list[str]:
    """Return name, licence, version and sources in the form of the framework's metadata tool."""
    return [
        f"PORT:     {description.name}",
        f"LICENSE:  {description.license}",
        f"VERSION:  {description.version}",
        *(f"SOURCE:   {_source(source)}" for source in description.sources),
    ]


def _source(source: PortSource) -> str:
    url = " ".join(source.urls)
    match source.kind:
        case SourceKind.GIT:
            what = f"{url} git {source.revision}"
        case SourceKind.SPARSE_GIT:
            what = f"{url} git {source.revision} {source.sparse_path}"
        case SourceKind.SVN:
            what = f"{url} svn {source.revision}"
        case SourceKind.DEBIAN:
            what = f"Debian source package {url} {source.version}"
        case SourceKind.PYPI:
            what = f"PyPI source distribution {url} {source.version}"
        case _:
            what = f"{url} VERSION {source.version}" if source.version else url
    return f"{what} ({source.name})"


def check_hash(collection: PortCollection, port: Port) -> HashCheck:
    """Compare the hash file of `port` with its description; raises `GenodeError`."""
    return HashCheck(port, describe(collection, port).computed_hash(), port.recorded_hash)


def update_hash(collection: PortCollection, port: Port) -> HashCheck:
    """Write the hash of the description into the hash file of `port`; return both hashes."""
    check = check_hash(collection, port)
    if not check.ok:
        write_atomically(port.hash_file, f"{check.computed}\n")
    return check
