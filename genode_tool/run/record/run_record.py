"""The record of a run: what was started, what it printed and when, and the verdict.

`var/run/NAME/` holds, besides the boot directory that run scripts know:

- `command` the exact command line, then the one to type for the same run by hand;
- `serial.log` every line of the machine's log after its time in seconds since the start;
- `script.log` what the run script itself printed;
- `qemu.log` what QEMU itself printed, if anything;
- `configuration.log` the warnings about the configuration, if any;
- `config` init's configuration as it was booted;
- `modules.json` the boot modules with their sizes in bytes, and the image;
- `screen.png` the machine's screen at the end, when that was asked for;
- `gdb` what a debugger that gets hold of the system does first (`--gdb`);
- `verdict.json` how it ended. It appears last and in one step; a run that was cut off has none.

Of a very long log, the record has the beginning and the end (`CappedLog`).
"""

from __future__ import annotations

import contextlib
import json
import math
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.files import write_atomically
from genode_tool.locks import Lock, StillLocked, acquire
from genode_tool.run.record.capped_log import CappedLog, is_tail_of
from genode_tool.run.verdict import Verdict

SCREEN = "screen.png"
QEMU_LOG = "qemu.log"
CONFIGURATION_LOG = "configuration.log"
VERDICT = "verdict.json"
RECORD_FILES = (
    *(
        "command",
        "serial.log",
        "script.log",
        QEMU_LOG,
        CONFIGURATION_LOG,
        "config",
        "modules.json",
        "gdb",
    ),
    *(VERDICT, SCREEN),
)


class RunRecord:
    """The directory of one scenario's last run. Use as a context manager: it holds a lock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock: Lock | None = None
        self._logs: dict[str, CappedLog] = {}
        self._broken: set[str] = set()

    def __enter__(self) -> RunRecord:
        """Lock the scenario and remove its former record.

        Raises `UserError` when another process runs the same scenario, `EnvironmentProblem`
        when the directory cannot be written.
        """
        name = self.directory.name
        path = self.directory.parent / f".{name}.lock"
        try:
            self._lock = acquire(path, f"scenario {name}", Deadline.after(0))
        except StillLocked as error:
            raise UserError(
                f"scenario {name} is being run by process {error.owner or '?'}",
                hint="wait for its end, or use another build directory",
            ) from error
        self.forget()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the logs and release the lock."""
        for log in self._logs.values():
            with contextlib.suppress(OSError):
                log.close()
        self._logs.clear()
        if self._lock:
            self._lock.release()
            self._lock = None

    def forget(self) -> None:
        """Remove the files of a former record."""
        if self.directory.is_dir():
            for entry in self.directory.iterdir():
                if _is_of_record(entry.name):
                    entry.unlink(missing_ok=True)

    def make_boot_directory(self) -> Path:
        """Empty the run directory except for the record itself; return the new `genode/`."""
        target = self.directory / "genode"
        try:
            if self.directory.is_dir():
                for entry in self.directory.iterdir():
                    if not _is_of_record(entry.name):
                        _remove(entry)
            target.mkdir(parents=True)
        except OSError as error:
            raise EnvironmentProblem(
                f"cannot make the boot directory: {error.filename}: {error.strerror}"
            ) from error
        return target

    def append(self, name: str, *lines: str) -> None:
        """Add lines to the log called `name`; they are on their way to the disk at once.

        Raises `EnvironmentProblem` at the first line that cannot be written; the log takes no
        more lines then, so that the run can still be ended in order.
        """
        if name in self._broken:
            return
        try:
            if name not in self._logs:
                self.directory.mkdir(parents=True, exist_ok=True)
                self._logs[name] = CappedLog(self.directory / name)
            text = "".join(f"{line}\n" for line in lines)
            self._logs[name].write(text.encode(errors="backslashreplace"))
        except OSError as error:
            self._broken.add(name)
            raise EnvironmentProblem(
                f"cannot write {self.directory / name}: {error.strerror}"
            ) from error

    def note_command(self, command: Sequence[str], by_hand: Sequence[str], cwd: Path) -> None:
        """Write down the command line; `cwd` is where to type it."""
        text = f"{shlex.join(command)}\n\n# by hand, in {cwd}:\n{shlex.join(by_hand)}\n"
        self.write("command", text)

    def note_modules(self, modules: Mapping[str, int], image: Path | None) -> None:
        """Write down the boot modules (name → bytes) and the image they went into."""
        content: dict[str, Any] = {"modules": dict(modules)}
        if image is not None:
            content["image"] = {"file": str(image), "bytes": image.stat().st_size}
        self.write("modules.json", json.dumps(content, indent=2) + "\n")

    def note_verdict(self, verdict: Verdict) -> None:
        """Write the verdict, last and in one step."""
        evidence = verdict.evidence
        content = {
            "name": verdict.name,
            "kernel": verdict.kernel,
            "board": verdict.board,
            "outcome": verdict.outcome.word,
            "exit_code": verdict.exit_code,
            "reason": verdict.reason,
            "seconds": round(verdict.seconds, 3),
            "location": str(verdict.location) if verdict.location else None,
            "trail": list(verdict.trail),
            "hint": verdict.hint,
            "expected": evidence.expected,
            "differences": [
                {"line": one.line, "expected": one.expected, "found": one.found}
                for one in evidence.differences
            ],
            "last_lines": list(evidence.last_lines),
            "qemu_messages": list(evidence.messages),
        }
        self.write(VERDICT, json.dumps(content, indent=2) + "\n")

    def write(self, name: str, text: str) -> None:
        """Put a file in place in one step. Raises `EnvironmentProblem`."""
        write_atomically(self.directory / name, text)


def last_seconds(directory: Path) -> float:
    """Return how long the run took whose record `directory` has; infinity if that is not known."""
    try:
        content = json.loads((directory / VERDICT).read_bytes())
        return float(content["seconds"])
    except (OSError, ValueError, LookupError, TypeError):
        return math.inf


def _is_of_record(name: str) -> bool:
    return (is_tail_of(name) or name) in RECORD_FILES


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
