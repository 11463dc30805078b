"""The configuration of pip: its indexes, find-links and certificates.

It comes from `pip config list`, which covers pip's files and its environment variables, so that
it is the same as for pip itself. No code of a package runs.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from dataclasses import dataclass

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.fetch.environment import network_environment

_TIME = 60.0  # seconds for one run of pip
_SECTIONS = ("global.", "download.", ":env:.")  # later ones win


@dataclass(frozen=True, slots=True)
class PipSettings:
    """Index URLs (simple repository API), places with files, and how to reach them."""

    indexes: tuple[str, ...]
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    bundle: str = ""
    proxy: str = ""


def pip_settings() -> PipSettings:
    """Return pip's settings. Raises `EnvironmentProblem` when pip is not installed."""
    pip = _pip()
    listed = _run([*pip, "config", "list"])
    values = parse_config(listed)
    index = values.get("index-url", "").strip()
    indexes: list[str] = []
    if values.get("no-index", "").lower() not in ("1", "true", "yes", "on"):
        indexes = [index or _default_index(pip), *values.get("extra-index-url", "").split()]
    return PipSettings(
        tuple(dict.fromkeys(indexes)),
        tuple(dict.fromkeys(values.get("find-links", "").split())),
        tuple(host.partition(":")[0] for host in values.get("trusted-host", "").split()),
        values.get("cert", ""),
        values.get("proxy", ""),
    )


def parse_config(text: str) -> dict[str, str]:
    """Read the output of `pip config list`: the effective value of each option."""
    values: dict[str, str] = {}
    for section in _SECTIONS:
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.startswith(section):
                values[name.removeprefix(section)] = str(ast.literal_eval(value))
    return values


def _pip() -> list[str]:
    """Return the command line of pip: that of our environment, or else the user's."""
    for command in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"]):
        if command[0] != sys.executable and process.find_program(command[0]) is None:
            continue
        if process.run([*command, "--version"], env=_environment(), timeout=_TIME).returncode == 0:
            return command
    raise EnvironmentProblem(
        "a source distribution needs pip, which knows the package index, but pip is not installed",
        hint="install python3-pip",
    )


def _default_index(pip: list[str]) -> str:
    """Return pip's built-in index, as its help text names it."""
    text = " ".join(_run([*pip, "download", "--help"]).split())
    found = re.search(r"--index-url <url> .*?\(default (\S+?)\)", text)
    if found is None:
        raise EnvironmentProblem(
            "no package index is configured, and pip does not name its own",
            hint="`pip config set global.index-url URL`",
        )
    return found[1]


def _run(command: list[str]) -> str:
    done = process.run(command, env=_environment(), timeout=_TIME)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise EnvironmentProblem(
            f"`{done.command_line}` failed: {lines[-1] if lines else 'it gave no reason'}"
        )
    return done.stdout.decode(errors="replace")


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return network_environment(**own)
