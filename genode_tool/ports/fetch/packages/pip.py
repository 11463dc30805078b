"""What pip is configured for: which indexes, which find-links, which certificates.

pip itself is asked (`pip config list` has its files and its environment variables), so that a
machine's set-up counts here as it counts there. Nothing of a package is run.
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
    """Ask pip. Raises `EnvironmentProblem` when there is none."""
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
    """Return the command line of the pip at hand: the one of our environment, or the user's."""
    for command in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"]):
        if command[0] != sys.executable and process.find_program(command[0]) is None:
            continue
        if process.run([*command, "--version"], env=_environment(), timeout=_TIME).returncode == 0:
            return command
    raise EnvironmentProblem(
        "a source distribution needs pip, to learn which package index to ask; there is none",
        hint="install python3-pip",
    )


def _default_index(pip: list[str]) -> str:
    """Return the index that pip asks when nothing is configured, as its help text names it."""
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
