"""The values of a port description: `NAME.port`, evaluated as a makefile.

Nothing runs but the `$(shell)` functions of the description itself. The values follow the
framework's variables: LICENSE, VERSION, DOWNLOADS and for each download URL, SHA, SIG, KEY,
DIR, REV, NAME, SPARSE_PATH, TAR_OPT, UNZIP_OPT; PATCHES, DIRS, HASH_INPUT.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, Location, Severity, UserError
from genode_tool.makefile import (
    Evaluation,
    Inputs,
    MakefileError,
    MemoInputs,
    Message,
    RealInputs,
    resolve,
)
from genode_tool.ports.description import template as frame
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind
from genode_tool.ports.store.collection import Port, PortCollection
from genode_tool.process import scrubbed_environment
from genode_tool.programs import how_to_get
from genode_tool.regex import regex
from genode_tool.sandbox.policy import Policy
from genode_tool.sandbox.thread import in_confined_thread
from genode_tool.scratch import scratch_directory

# The message of descriptions that check for a program without `check_tool`.
_NEEDS = regex(r"Need to have '([\w.+-]+)'")
_KINDS = {kind.value: kind for kind in SourceKind}


@dataclass(frozen=True, slots=True)
class PortDescription:
    """The values of one description.

    `sources` are the downloads but those of a kind that the description has a rule of its own for.
    `patches` are files of the repository (absolute) in the order of `PATCHES`; patches that are
    downloaded are not among them. `tools` and `python_modules` are what the description checks
    for. `computed_hash` is the version: SHA-1 over the files of `hash_input`: those of HASH_INPUT,
    the patches sorted by name, and the description, unless the tree's hash tool says otherwise.
    """

    port: Port
    license: str
    version: str
    sources: tuple[PortSource, ...]
    patches: tuple[Path, ...]
    tools: tuple[str, ...]
    python_modules: tuple[str, ...]
    hash_input: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The name of the port."""
        return self.port.name

    def computed_hash(self) -> str:
        """Return the hash of the description as it is now.

        Raises `UserError` when a file that belongs to the hash is missing.
        """
        digest = hashlib.sha1(usedforsecurity=False)
        for path in self.hash_input:
            try:
                digest.update(path.read_bytes())
            except OSError as error:
                raise UserError(
                    f"port `{self.name}`: {path} belongs to the hash: {error.strerror}",
                    location=Location(str(self.port.path)),
                    hint="HASH_INPUT and PATCHES name files of the repository",
                ) from error
        return digest.hexdigest()


def environment(collection: PortCollection) -> dict[str, str]:
    """Return the environment that descriptions are evaluated in: little, and no tool's state."""
    extra = {
        "GENODE_DIR": str(collection.genode_dir),
        "CONTRIB_DIR": str(collection.contrib_dir),
        "GENODE_CONTRIB_CACHE": str(collection.cache_dir),
        "LC_ALL": "C.UTF-8",
    }
    found = scrubbed_environment(extra)
    found.pop("TERM", None)
    return found


def evaluate(
    port: Port,
    *,
    cwd: Path,
    environ: dict[str, str],
    on_message: Callable[[Message], None] | None = None,
    inputs: Inputs | None = None,
) -> Evaluation:
    """Return the description of `port`, evaluated within the frame.

    Raises `GenodeError` when the description is wrong.
    """
    ev = Evaluation(
        inputs or RealInputs(),
        cwd=os.fspath(cwd),
        variables={"PORT": str(port.path), "VERBOSE": "@"},
        environ=environ,
        goals=(frame.GOAL,),
        on_message=on_message,
        make=_make_command(),
    )
    ev.read_content(frame.NAME, frame.before())
    ev.include(str(port.path))
    ev.read_content(frame.NAME, frame.behind())
    for name in ("LICENSE", "VERSION"):
        if not ev.value(name).strip():
            raise UserError(
                f"port `{port.name}` does not define {name}",
                location=Location(str(port.path)),
                hint=f"add `{name} := …`",
            )
    return ev


def describe(collection: PortCollection, port: Port) -> PortDescription:
    """Return the values of the description of `port`; raises `GenodeError` when it is wrong.

    What it runs, with `$(shell)`, is confined: it changes nothing and has no network.
    """
    with scratch_directory("port") as scratch:
        policy = Policy((scratch,), attributes=False)
        environ = {**environment(collection), "TMPDIR": str(scratch)}
        return in_confined_thread(policy, lambda: _describe(port, environ))


def _describe(port: Port, environ: dict[str, str]) -> PortDescription:
    tools: list[str] = []
    modules: list[str] = []

    def note(message: Message) -> None:
        if message.diagnostic.severity is Severity.INFO:
            text = message.diagnostic.text
            if text.startswith(frame.TOOL_MARK):
                tools.append(text.removeprefix(frame.TOOL_MARK))
            elif text.startswith(frame.PYTHON_MARK):
                modules.append(text.removeprefix(frame.PYTHON_MARK))

    try:
        ev = evaluate(
            port,
            cwd=port.path.parent,
            environ=environ,
            on_message=note,
            inputs=MemoInputs(RealInputs()),
        )
    except MakefileError as error:
        if needs := _NEEDS.match(error.message):
            raise EnvironmentProblem(
                f"port `{port.name}`: {error.message}",
                location=error.location,
                trail=error.trail,
                hint=how_to_get(needs.group(1)),
            ) from error
        raise
    patches = tuple(_patches(ev))
    names = _hash_input(ev, patches, Path(environ["GENODE_DIR"]))
    return PortDescription(
        port,
        ev.value("LICENSE").strip(),
        ev.value("VERSION").strip(),
        tuple(source_of(ev, word) for word in downloads(ev) if not _has_own_rule(ev, word)),
        patches,
        tuple(dict.fromkeys(tools)),
        tuple(dict.fromkeys(modules)),
        tuple(Path(name) for name in names),
    )


def _hash_input(ev: Evaluation, patches: tuple[Path, ...], tree: Path) -> list[str]:
    """Return the files that the hash of a description covers, in their order.

    The tree's own hash tool says it: 14.05 does not sort the patches, and releases before 15.02 do
    not see those that are named with the repository in front. Without one, it is as in the newest.
    """
    rules = tree / "tool/ports/mk/hash.inc"
    if rules.is_file():
        ev.read_content(frame.NAME, frame.before_hashing())
        ev.include(str(rules))
        return [ev.path(name) for name in ev.value("HASH_INPUT").split()]
    names = [ev.path(name) for name in ev.value("HASH_INPUT").split()]
    return [*names, *sorted({str(patch) for patch in patches}), ev.value("PORT")]


def _patches(ev: Evaluation) -> list[Path]:
    repository = ev.value("REP_DIR")
    found: list[Path] = []
    for name in ev.value("PATCHES").split():
        # PATCHES may hold wildcards, and names with or without the repository in front.
        inside = name.replace(f"{repository}/", "")
        found += [Path(one) for one in ev.expand(f"$(wildcard {repository}/{inside})").split()]
    return found


def _has_own_rule(ev: Evaluation, word: str) -> bool:
    """Return whether a download of a kind of the description's own is made by a rule of its."""
    if word.rpartition(".")[2] in _KINDS:
        return False
    return all(one.file != word for one in resolve(ev, (word,)).missing)


def downloads(ev: Evaluation) -> tuple[str, ...]:
    """Return the words of DOWNLOADS, each once."""
    return tuple(dict.fromkeys(ev.value("DOWNLOADS").split()))


def source_of(ev: Evaluation, word: str) -> PortSource:
    """Return the download `word` as the description now declares it.

    Raises `UserError` for an unknown kind and for a malformed hash.
    """
    name, _, suffix = word.rpartition(".")
    kind = _KINDS.get(suffix)
    place = _place(ev, f"URL({name})")
    if kind is None or not name:
        known = ", ".join(f".{one}" for one in _KINDS)
        raise UserError(
            f"download `{word}` is of an unknown kind",
            location=_place(ev, "DOWNLOADS"),
            hint=f"the kinds are {known}",
        )

    def value(variable: str) -> str:
        return ev.value(f"{variable}({name})").strip()

    digest = value("SHA")
    return PortSource(
        kind,
        name,
        tuple(value("URL").split()),
        Digest.parse(digest, _place(ev, f"SHA({name})")) if digest else None,
        value("VERSION"),
        value("REV"),
        value("DIR"),
        value("NAME"),
        value("SPARSE_PATH"),
        value("SIG"),
        value("KEY"),
        value("TAR_OPT"),
        value("UNZIP_OPT") or ev.value("UNZIP_OPT").strip(),
        place,
    )


def _place(ev: Evaluation, variable: str) -> Location | None:
    found = ev.find(variable)
    return found.location if found else None


def _make_command() -> str:
    return f"{sys.executable} -m genode_tool.makefile"


__all__ = ["MakefileError", "PortDescription", "describe", "downloads", "evaluate", "source_of"]
