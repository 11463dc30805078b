"""A copy of our own OS with a build directory, driven through the command line like a user does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.shared.waiting import LIMIT_S

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM = ("core", "init", "test/log", "lib/ld")

_STEP = re.compile(r"^    ([A-Z]+) +(\S+) +(\S+)$", re.MULTILINE)
_COMPONENT = """
#include <base/component.h>
#include <base/log.h>
void Component::construct(Genode::Env &) { BODY }
"""
_CONFIG = """<config>
<parent-provides>
  <service name="LOG"/> <service name="PD"/> <service name="ROM"/>
</parent-provides>
<default-route> <any-service> <parent/> </any-service> </default-route>
<start name="test-NAME"> <resource name="RAM" quantum="1M"/> </start>
</config>"""


class OwnOs:
    """The tree at `path/tree`, a repository of the test's own at `mine`, a build directory."""

    def __init__(self, path: Path) -> None:
        self.tree = path / "tree"
        self.build = path / "build"
        self.mine = path / "mine"
        self.outside = path
        shutil.copytree(CHECKOUT / "repos", self.tree / "repos")
        self.mine.mkdir()
        created = self.genode("create-builddir", "x86_64", f"BUILD_DIR={self.build}", cwd=self.tree)
        assert created.returncode == 0, created.stderr
        with (self.build / "etc/build.conf").open("a") as conf:
            conf.write(f"REPOSITORIES += {self.mine}\n")

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of a call."""
        return [sys.executable, "-m", "genode_tool", *arguments]

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a call."""
        return {**os.environ, "PYTHONPATH": str(CHECKOUT), **(more or {})}

    def genode(
        self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Call the tool in the build directory, or in `cwd`, and wait for its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.build,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=240,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the tool in the build directory, in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.build,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            start_new_session=True,
        )

    def must(self, *arguments: str) -> str:
        """Call the tool and return what it said; the call has to succeed."""
        done = self.genode(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def steps(self, *goals: str) -> list[str]:
        """Build `goals` and return what was done, as `COMPILE main.o test/log/test-log`."""
        return steps_in(self.must("make", *goals))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text of a file of the tree."""
        path = self.tree / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1))

    def append(self, name: str, text: str) -> None:
        """Append to a file of the tree."""
        with (self.tree / name).open("a") as file:
            file.write(text)

    def component(self, name: str, body: str = "", description: str = "") -> None:
        """Write the program `test/NAME` of one function into the test's own repository."""
        directory = self.mine / "src/test" / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "main.cc").write_text(_COMPONENT.replace("BODY", body))
        (directory / "target.mk").write_text(
            f"TARGET = test-{name}\nSRC_CC = main.cc\nLIBS = base\n{description}"
        )

    def script(self, name: str, text: str) -> Path:
        """Write the run script NAME into the test's own repository."""
        path = self.mine / "run" / f"{name}.run"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def scenario(self, name: str, end: str, *, config: str = "") -> Path:
        """Write a run script that boots `test/NAME` and ends with the lines `end`."""
        config = config or _CONFIG.replace("NAME", name)
        return self.script(
            name,
            f"build {{ core lib/ld init test/{name} }}\n"
            "create_boot_directory\n"
            f"install_config {{{config}}}\n"
            "build_boot_image [build_artifacts]\n"
            'append qemu_args "-nographic "\n'
            f"{end}\n",
        )

    def binaries(self) -> dict[str, bytes]:
        """Return the content of `bin/`."""
        return {path.name: path.read_bytes() for path in sorted((self.build / "bin").iterdir())}

    def processes(self) -> list[str]:
        """Return the processes that work in the build directory or name it in their arguments."""
        return [command for _, command in _processes_at(str(self.build))]

    def nothing_left(self, seconds: float = LIMIT_S) -> list[str]:
        """Wait until no process works in the build directory; return those that still do."""
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left


def steps_in(output: str) -> list[str]:
    """Return the steps in what a build said, sorted."""
    return sorted(" ".join(found) for found in _STEP.findall(output))


def one_message(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a refused call said; it must not be a traceback or an internal error."""
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert "internal error" not in said, said
    return said


def _processes_at(place: str) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            cwd = str((entry / "cwd").readlink())
        except OSError:
            continue
        if words and (place in words or f"{cwd}/".startswith(f"{place}/")):
            yield int(entry.name), words
