"""An action that moves the unwinder from libgcc.a to libgcc_eh.a."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from genode_tool import process
from genode_tool.errors import BuildFailed
from genode_tool.regex import regex
from genode_tool.toolchain.bootstrap.execution.work_directory import WorkDirectory


@dataclass(frozen=True, slots=True)
class SplitUnwinder:
    """Move the unwinder from each libgcc.a below `directory` to a libgcc_eh.a beside it.

    Without a shared libgcc GCC leaves it in libgcc.a, which goes into every program and library;
    but there must be one unwinder in a system, in the library that throws. `ar` is the tool.
    """

    directory: Path
    ar: Path

    def __call__(self, work: WorkDirectory) -> None:
        """Move it for each multilib; a second call changes nothing."""
        for archive in sorted(self.directory.rglob("libgcc.a")):
            members = _members(work, self.ar, archive)
            moved = [one for one in members if _UNWINDER.fullmatch(one)]
            target = archive.with_name("libgcc_eh.a")
            if not moved and target.exists():
                continue
            target.unlink(missing_ok=True)
            scratch = archive.with_name("unwinder.part")
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            if moved:
                work.run([str(self.ar), "x", str(archive), *moved], scratch, what="ar")
            work.run([str(self.ar), "rcsD", str(target), *moved], scratch, what="ar")
            if moved:
                # Last: a call that is interrupted before can start over.
                work.run([str(self.ar), "dD", str(archive), *moved], scratch, what="ar")
            shutil.rmtree(scratch)

    def commands(self) -> tuple[str, ...]:
        """In words, as the members are not known yet."""
        return (f": move the unwinder from libgcc.a to libgcc_eh.a below {self.directory}",)


_UNWINDER = regex(r"(?:unwind-.*|libunwind|pr-support|emutls)\.o")


def _members(work: WorkDirectory, ar: Path, archive: Path) -> list[str]:
    done = process.run([str(ar), "t", str(archive)], timeout=60)
    if done.returncode:
        raise BuildFailed(f"{archive}: {done.stderr.decode(errors='replace').strip()}")
    work.log_line(f"+ {done.command_line}")
    return done.stdout.decode(errors="replace").split()
