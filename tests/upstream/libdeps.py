"""The original's library file (`var/libdeps`) and stage-1 messages, read into a graph.

The file is a makefile that the first stage writes for the second one. Its rules are plain text
by then: a rule per program, library and ABI with the libraries it waits for, and a recipe that
calls the leaf makefile. What make would still have to expand (the closures of the libraries)
is not read here; the recorded calls of `original.Original` have it expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_RULE = re.compile(r"^(\S+)\.(prg|lib\.a|lib\.so|abi\.so|lib): ?(.*)$")
_CALL = re.compile(r"^\t\$\(VERBOSE_MK\)\$\(MAKE\).* -f \$\(BASE_DIR\)/mk/(\w+)\.mk ")
_VARIABLE = re.compile(r"^\t     (\w+)=(.*?)\s*\\?$")
_ARTIFACTS = re.compile(r"^\t\$\(VERBOSE\)\$\(call _prepare_(?:lib|prg)_step,(.*)\)$")
_SKIP = re.compile(r"^Skip (target|library) (\S*) because it requires (.*)$", re.MULTILINE)
_NO_LIBRARY = re.compile(r"^Library-description file '?(\S+)\.mk'? is missing", re.MULTILINE)
_FINISHED = re.compile(r"^all: (\S+)\.prg$", re.MULTILINE)
_SHARED_BEGIN = re.compile(r"^DEP_(\S+)\.lib\.so = ", re.MULTILINE)
_SHARED_END = re.compile(r"^SHARED_LIBS \+= (\S+)$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m|\\033\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Node:
    """A program, library or ABI.

    `name` is the directory below `src` of a program and the name of anything else, `kind` the
    name of the leaf makefile, `source` the file that describes it, `libs` the libraries that
    it names, sorted.
    """

    kind: str
    name: str
    source: str
    libs: tuple[str, ...]
    artifacts: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The key that distinguishes the nodes of one graph."""
        return self.kind, self.name


@dataclass(frozen=True, slots=True)
class Stage1Graph:
    """Everything that a first stage finds; both sides of a comparison have this form.

    `same_target` maps names of targets to the directories of the programs that share them,
    `unfinished` are programs whose visit ended in an error after their rule was written, and
    `unfinished_libraries` shared libraries of older trees for which that happened.
    """

    nodes: dict[tuple[str, str], Node] = field(default_factory=dict)
    skipped_programs: dict[str, frozenset[str]] = field(default_factory=dict)
    skipped_libraries: dict[str, frozenset[str]] = field(default_factory=dict)
    missing_libraries: frozenset[str] = frozenset()
    missing_ports: frozenset[str] = frozenset()
    invalid: frozenset[str] = frozenset()
    same_target: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unfinished: frozenset[str] = frozenset()
    unfinished_libraries: frozenset[str] = frozenset()

    @property
    def edges(self) -> frozenset[tuple[str, str, str]]:
        """All edges as (kind, name, name of the library it names)."""
        return frozenset((*node.key, lib) for node in self.nodes.values() for lib in node.libs)


def read_libdeps(text: str, output: str) -> Stage1Graph:
    """Return the graph that a library file and the messages of its stage hold."""
    nodes = {}
    targets: dict[str, list[str]] = {}
    for target, node in _nodes(text.splitlines()):
        nodes[node.key] = node
        if node.kind == "prg":
            targets.setdefault(target, []).append(node.name)
    finished = set(_FINISHED.findall(text))
    ports: set[str] = set()
    invalid: set[str] = set()
    for line in text.splitlines():
        name, assigned, value = line.partition(" += ")
        if assigned and name == "MISSING_PORTS":
            ports.update(value.split())
        elif assigned and name == "INVALID_DEPS":
            invalid.update(value.split())
    output = _COLOUR.sub("", output)
    skipped: dict[str, dict[str, frozenset[str]]] = {"target": {}, "library": {}}
    for kind, name, wanted in _SKIP.findall(output):
        skipped[kind][name] = frozenset(wanted.replace("'", " ").split())
    return Stage1Graph(
        nodes,
        skipped["target"],
        skipped["library"],
        frozenset(_NO_LIBRARY.findall(output)),
        frozenset(ports),
        frozenset(invalid),
        {target: tuple(found) for target, found in targets.items() if len(found) > 1},
        frozenset(
            name for target, found in targets.items() if target not in finished for name in found
        ),
        frozenset(_SHARED_BEGIN.findall(text)) - frozenset(_SHARED_END.findall(text)),
    )


def _nodes(lines: list[str]) -> Iterator[tuple[str, Node]]:
    target = ""
    kind = ""
    libs: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    for line in [*lines, ""]:
        rule = _RULE.match(line)
        call = _CALL.match(line)
        logged = _ARTIFACTS.match(line)
        variable = _VARIABLE.match(line) if kind else None
        if rule:
            target = rule.group(1)
            libs = _libs(rule.group(3).split())
            artifacts = ()
        elif logged:
            artifacts = tuple(logged.group(1).rpartition(",")[2].split())
        elif call:
            kind = call.group(1)
            variables = {}
        elif variable:
            variables[variable.group(1)] = variable.group(2)
        if kind and not call and not line.endswith("\\"):
            yield target, _node(kind, libs, artifacts, variables)
            kind = ""


def _node(
    kind: str, libs: tuple[str, ...], artifacts: tuple[str, ...], variables: dict[str, str]
) -> Node:
    if kind == "prg":
        name = variables["PRG_REL_DIR"]
        source = f"{variables['REP_DIR']}/src/{name}/target.mk"
    elif kind == "abi":
        name, source, libs = variables["LIB"], variables["SYMBOLS"], ()
    else:
        name = variables["LIB"]
        source = variables["LIB_MK"] or variables.get("SYMBOLS", "")
    return Node(kind, name, source, libs, artifacts)


def _libs(prerequisites: list[str]) -> tuple[str, ...]:
    found = set()
    for name in prerequisites:
        for suffix in (".lib.a", ".lib"):
            if name.endswith(suffix):
                found.add(name.removesuffix(suffix))
                break
    return tuple(sorted(found))
