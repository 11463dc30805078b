"""The judge: build directories of the original, its first stage, and what its leaves would do.

Everything is obtained by calling the tree's own `make` in a build directory outside the tree.
Nothing is compiled: the first stage runs as it is, then a recorder takes the place of make and
notes how the second stage would call each leaf; each leaf is asked with `make -n` afterwards.

Results are kept in files beside the build directory and used again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.upstream.configurations import Configuration, Era

_STAGE1_SECONDS = 600
_LEAF_SECONDS = 900
_GCC_VERSION = re.compile(r"\b(\d+\.\d+\.\d+)\b")

# Called in the place of make by the second stage: asked for the library file, it goes on with
# the real make and stays in place for the calls below; asked for a leaf, it notes the call.
_RECORDER = """#!/bin/bash
case " $* " in
*" -f var/libdeps "*)
    env -0 > "$RECORD_ENVIRONMENT"
    exec "$REAL_MAKE" -k -f "$RECORD_PORTS" SHELL="$BASH" "$@" MAKE="$0" MKDIR=: MISSING_PORTS= ;;
*)
    { printf '%s\\0' "$@"; printf '\\0'; } >> "$RECORD_CALLS" ;;
esac
"""

# Takes the place of make in the first stage of older trees: it goes on after a program that
# cannot be evaluated, and does not start the second stage. Some of them name the shell in MAKE.
_KEEPER = """#!/bin/bash
shell=$(command -v bash)
case " $* " in
*" -f var/libdeps "*)
    exit 1 ;;
*/dep_prg.mk*)
    "$REAL_MAKE" "$@" MAKE="$0" SHELL="$shell" || echo "unfinished" ;;
*)
    exec "$REAL_MAKE" "$@" MAKE="$0" SHELL="$shell" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a leaf makefile by the original: where, which, with which variables."""

    directory: str
    makefile: str
    variables: Mapping[str, str]

    @property
    def kind(self) -> str:
        """The name of the leaf makefile without its suffix: `prg`, `a`, `so`, `abi`, `lib`."""
        return Path(self.makefile).stem

    @property
    def name(self) -> str:
        """The directory below `src` of a program, the name of a library."""
        return self.variables.get("PRG_REL_DIR") or self.variables["LIB"]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the call."""
        given = (f"{name}={value}" for name, value in self.variables.items())
        return ("--no-print-directory", "-C", self.directory, "-f", self.makefile, *given)


class NoSuchPlatformError(LookupError):
    """The tool of a tree makes no build directory for a platform."""


@dataclass(frozen=True, slots=True)
class Stage1:
    """The output of the first stage: its library file, and what it printed."""

    libdeps: str
    output: str
    status: int


def find_make() -> str:
    """Return the path of the make that judges: `GENODE_MAKE`, or the one found first."""
    found = os.environ.get("GENODE_MAKE") or shutil.which("make")
    if not found:
        raise LookupError("no make on this machine")
    return found


def compiler_version(prefix: str) -> str:
    """Return the version of the C++ compiler whose name starts with `prefix`, "" if it is dumb."""
    shown = subprocess.run(
        (f"{prefix}g++", "--version"), capture_output=True, text=True, timeout=60, check=True
    ).stdout
    found = _GCC_VERSION.search(shown.splitlines()[0].rpartition(")")[2] or shown)
    return found.group(1) if found else ""


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }


class Original:
    """One build directory of the original below `work`."""

    def __init__(self, tree: Path, era: Era, configuration: Configuration, work: Path) -> None:
        self.tree = tree.resolve()
        self.era = era
        self.configuration = configuration
        self.place = work / f"{self.tree.name}-{configuration.name}"
        self.build_dir = self.place / "build"
        self.make = find_make()
        if not (self.build_dir / "etc/build.conf").is_file():
            self._create()

    # --- the build directory --------------------------------------------------------------

    def _create(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.build_dir, ignore_errors=True)
        fresh = self.place / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        created = self._run(
            (
                "-f",
                str(self.tree / "tool/create_builddir"),
                self.configuration.platform,
                f"BUILD_DIR={fresh}",
            ),
            self.place,
        )
        conf = fresh / "etc/build.conf"
        if not conf.is_file():
            raise NoSuchPlatformError(f"no build directory: {created.stdout}")
        self._configure(conf)
        makefile = fresh / "Makefile"
        if not makefile.exists():
            makefile.symlink_to(self.tree / "tool/builddir/build.mk")
        fresh.rename(self.build_dir)

    def _configure(self, conf: Path) -> None:
        text = conf.read_text()
        repositories = self.tree / self.era.repositories
        prefix = "$(GENODE_DIR)/" + (f"{self.era.repositories}/" if self.era.repositories else "")
        named = set()
        lines = []
        for line in text.splitlines():
            wanted = re.match(r"#?\s*REPOSITORIES\s*\+?=\s*\$\(GENODE_DIR\)/(\S+)", line)
            if wanted:
                name = wanted.group(1).removeprefix("repos/")
                if "$" not in name and not (repositories / name).is_dir():
                    continue
                named.add(name)
                line = line.lstrip("#")
            lines.append(line)
        for directory in sorted(repositories.iterdir()):
            name = directory.name
            if name in named or name.startswith(("base", "ports-")) or name in ("tool", "doc"):
                continue
            if (directory / "src").is_dir() or (directory / "lib").is_dir():
                lines.append(f"REPOSITORIES += {prefix}{name}")
        lines.append(f"CONTRIB_DIR := {self._contrib()}")
        lines.append("REQUIRED_GCC_VERSION := " + compiler_version(self.configuration.prefix))
        conf.write_text("\n".join(lines) + "\n")
        (conf.parent / "tools.conf").write_text(
            f"CROSS_DEV_PREFIX := {self.configuration.prefix}\n"
        )

    def _contrib(self) -> Path:
        """Return the place of the ports; with `ports`, an empty directory stands for each."""
        contrib = self.place / "contrib"
        contrib.mkdir(exist_ok=True)
        if self.configuration.ports:
            for file in self.tree.glob("repos/*/ports/*.hash"):
                (contrib / f"{file.stem}-{file.read_text().strip()}").mkdir(exist_ok=True)
        return contrib

    # --- its first stage ------------------------------------------------------------------

    def stage1(self) -> Stage1:
        """Return what the first stage of a call without goals finds.

        The second stage is kept from starting.
        """
        kept = self.place / "stage1.json"
        if kept.is_file():
            return Stage1(**json.loads(kept.read_text()))
        arguments = [f"{name}={value}" for name, value in self.configuration.variables.items()]
        extra = {}
        if self.era.checks_ports:
            # A check of the ports that always fails ends the call before the second stage.
            arguments.append("MISSING_PORTS=none")
        else:
            arguments.append(f"MAKE={self._script('keeper', _KEEPER)}")
            extra["REAL_MAKE"] = self.make
        done = self._run(arguments, self.build_dir, seconds=_STAGE1_SECONDS, extra=extra)
        libdeps = self.build_dir / "var/libdeps"
        found = Stage1(
            libdeps.read_text() if libdeps.is_file() else "", done.stdout, done.returncode
        )
        _keep(kept, {"libdeps": found.libdeps, "output": done.stdout, "status": done.returncode})
        return found

    # --- its second stage -----------------------------------------------------------------

    def calls(self) -> tuple[tuple[Call, ...], dict[str, str]]:
        """Return the leaf calls of the second stage, in its order, and their environment."""
        kept = self.place / "calls.json"
        if not kept.is_file():
            self._record(kept)
        data = json.loads(kept.read_text())
        return (
            tuple(
                Call(one["directory"], one["makefile"], one["variables"]) for one in data["calls"]
            ),
            data["environment"],
        )

    def _record(self, kept: Path) -> None:
        self.stage1()
        recorder = self._script("recorder", _RECORDER)
        calls = self.place / "calls.raw"
        calls.write_bytes(b"")
        environment = self.place / "environment.raw"
        # The first stage may have ended before it wrote this last rule.
        ports = self.place / "ports.mk"
        ports.write_text("check_ports:\n")
        arguments = [f"{name}={value}" for name, value in self.configuration.variables.items()]
        self._run(
            ("again", *arguments, f"MAKE={recorder}"),
            self.build_dir,
            seconds=_STAGE1_SECONDS,
            extra={
                "RECORD_CALLS": str(calls),
                "RECORD_ENVIRONMENT": str(environment),
                "RECORD_PORTS": str(ports),
                "REAL_MAKE": self.make,
            },
        )
        _keep(
            kept,
            {
                "calls": [_parse_call(one) for one in _records(calls.read_bytes())],
                "environment": _parse_environment(environment.read_bytes()),
            },
        )

    def _script(self, name: str, text: str) -> Path:
        script = self.place / name
        script.write_text(text)
        script.chmod(0o755)
        return script

    # --- help -----------------------------------------------------------------------------

    def _run(
        self,
        arguments: Sequence[str],
        directory: Path,
        *,
        seconds: float = 60,
        extra: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (self.make, *arguments),
            cwd=directory,
            env={**_environment(), **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )


def _keep(path: Path, data: object) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(data))
    fresh.rename(path)


def _records(raw: bytes) -> list[list[str]]:
    found = []
    for record in raw.split(b"\0\0"):
        if record:
            found.append([part.decode() for part in record.split(b"\0")])
    return found


def _parse_call(arguments: list[str]) -> dict[str, object]:
    call: dict[str, object] = {}
    variables: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if argument == "-C":
            call["directory"] = next(rest)
        elif argument == "-f":
            call["makefile"] = next(rest)
        elif "=" in argument:
            name, _, value = argument.partition("=")
            variables[name] = value
    call["variables"] = variables
    return call


def _parse_environment(raw: bytes) -> dict[str, str]:
    ours = ("MAKE", "MFLAGS", "RECORD_", "REAL_MAKE", "_")
    found = {}
    for entry in raw.split(b"\0"):
        name, _, value = entry.decode().partition("=")
        if name and not name.startswith(ours):
            found[name] = value
    return found
