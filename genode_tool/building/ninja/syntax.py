"""A build step as ninja sees it, and the ninja file that steps are written to and read from.

Syntax: the ninja manual, "Ninja file reference".
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from genode_tool.record import record
from genode_tool.regex import regex
from genode_tool.tree.compiler_launcher import STEP_VARIABLE

MANIFEST = "var/genode/build.ninja"
"""The ninja file, relative to a build directory."""

ALWAYS = "var/genode/always"
"""The name of a target that is never up to date."""

QUIET = "~ "
"""The prefix of the text of a step that prints nothing when it is built by make."""

LAUNCH = f"${STEP_VARIABLE} "
"""Precedes the compiler in a step that may go through a launcher."""

NINJAS_OWN = ".ninja"
"""Ends the name of a dependency file that ninja reads, and removes."""

_SPECIAL = regex(r"[$ :|]")
_TOKEN = regex(r"(?:\$[$ :|]|[^\s:|$])+|:|\|\|?")
_ESCAPE = regex(r"\$([$ :|])")


@record
class Edge:
    """One step: paths are relative to the build directory, or absolute outside of it.

    A step without `command` only groups its inputs. `depfile` is where the command leaves
    what it found to depend on. `description` is `[leaf] TEXT`.
    """

    outputs: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    command: str = ""
    description: str = ""
    depfile: str = ""


def escape_path(path: str) -> str:
    """Return a path as it is written in a list of paths."""
    return _SPECIAL.sub(lambda match: "$" + match.group(), path)


def escape_value(text: str) -> str:
    """Return a text as it is written on the right of `=`; it has no newline."""
    return text.replace("$", "$$")


def _paths(paths: Iterable[str]) -> str:
    return "".join(" " + escape_path(path) for path in paths)


def edge_text(edge: Edge) -> str:
    """Return the statement that declares `edge`."""
    rule = "phony"
    if edge.command:
        rule = "compile" if edge.depfile else "run"
    text = f"build{_paths(edge.outputs)}: {rule}{_paths(edge.inputs)}"
    if edge.order_only:
        text += " ||" + _paths(edge.order_only)
    if edge.command:
        text += f"\n  c = {escape_value(edge.command)}\n  d = {escape_value(edge.description)}"
    if edge.depfile:
        text += f"\n  depfile = {escape_value(edge.depfile)}"
    if edge.command and LAUNCH not in edge.command:
        text += "\n  pool = local"
    return text + "\n"


BUILDDIR = "builddir = var/genode\n"
"""The line of the ninja file with the directory of ninja's logs."""


def within(directory: str, manifest: str) -> str:
    """Return the text of a ninja file whose logs are in another directory."""
    return manifest.replace(BUILDDIR, f"builddir = {escape_path(directory)}\n", 1)


_RULES = """\
ninja_required_version = 1.11
{builddir}pool local
  depth = {cores}
rule run
  command = $c
  description = $d
  restat = 1
rule compile
  command = $c
  description = $d
  deps = gcc
  restat = 1
build var/genode/always: phony
"""


def head() -> str:
    """Return the head of the ninja file: the two rules that all steps use, and a pool.

    Steps that no other machine can take over (linking, assembling, custom rules) share the pool:
    a build with more jobs than this machine has processors does not start all jobs here.

    `restat` ends a chain of steps where a step leaves its output as it was. It also makes the
    time in ninja's log count alone, and not that of the output, see `ninja.steps`.
    """
    return _RULES.format(builddir=BUILDDIR, cores=len(os.sched_getaffinity(0)))


def read_manifest(build_dir: Path, errors: str = "replace") -> dict[str, Edge]:
    """Return the edges of the ninja file by each of their outputs; nothing when there is none.

    `errors` is how names that are not UTF-8 are decoded, as for `bytes.decode`.
    """
    try:
        text = (build_dir / MANIFEST).read_text(errors=errors)
    except OSError:
        return {}
    found: dict[str, Edge] = {}
    for block in text.split("\nbuild ")[1:]:
        edge = _edge(block)
        found.update(dict.fromkeys(edge.outputs, edge))
    return found


def _edge(block: str) -> Edge:
    head, *rest = block.split("\n")
    parts: dict[str, list[str]] = {"outputs": [], "rule": [], "inputs": [], "order": []}
    part = "outputs"
    for token in _TOKEN.findall(head):
        if token == ":":
            part = "rule"
        elif token in ("|", "||"):
            part = "order"
        elif part == "rule":
            part = "inputs"
        else:
            parts[part].append(_ESCAPE.sub(r"\1", token))
    values = {}
    for line in rest:
        name, equals, value = line.partition(" = ")
        if equals and line.startswith("  "):
            values[name.strip()] = value.replace("$$", "$")
    return Edge(
        tuple(parts["outputs"]),
        tuple(parts["inputs"]),
        tuple(parts["order"]),
        values.get("c", ""),
        values.get("d", ""),
        values.get("depfile", ""),
    )
