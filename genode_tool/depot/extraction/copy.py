"""Copies as `cp` makes them: GNU coreutils, "cp invocation".

Copies keep the times of their sources, which the original loses; a build system among the sources
would find its own files outdated.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass

from genode_tool.depot.extraction.stage import Stage

_CHUNK = 1 << 22
_SPARE = 1 << 12


@dataclass(slots=True)
class Copy:
    """One call of `cp` with some options, the letters of which are understood: `rRafp`."""

    stage: Stage
    options: set[str]

    def copy(self, name: str, source: str, target: str) -> int:
        """Copy `source`, which the recipe calls `name`, to the path `target`."""
        stage = self.stage
        recursive = bool(self.options & {"r", "R", "a"})
        outside = not stage.has(source)
        try:
            # Only a recursive copy takes a link for itself.
            found = os.lstat(source) if recursive else os.stat(source)  # noqa: PTH116
        except OSError as error:
            if outside:
                stage.seen.kind(source)
            return stage.fail("cp", f"cannot stat '{name}'", error)
        if stat.S_ISDIR(found.st_mode):
            if not recursive:
                return stage.fail("cp", f"-r not specified; omitting directory '{name}'")
            return self._directory(source, stage.writable(target), found)
        if outside and stat.S_ISLNK(found.st_mode):
            stage.seen.directory(source.rpartition("/")[0])
        if target.endswith("/"):
            return stage.fail("cp", f"cannot create regular file '{target}': Not a directory")
        return self._entry(source, stage.writable(target), found)

    def _directory(self, source: str, target: str, found: os.stat_result) -> int:
        stage = self.stage
        if not stage.has(source):
            stage.seen.directory(source)
        elif f"{target}/".startswith(f"{source.rstrip('/')}/"):
            return stage.fail("cp", f"cannot copy a directory, '{source}', into itself")
        made = True
        try:
            os.mkdir(target, 0o700 | stat.S_IMODE(found.st_mode))  # noqa: PTH102
            stage.made(target)
        except FileExistsError:
            made = False
            if not stat.S_ISDIR(os.lstat(target).st_mode):
                target = stage.through_link(target)
                if not os.path.isdir(target):  # noqa: PTH112
                    return stage.fail(
                        "cp", f"cannot overwrite non-directory '{target}' with a directory"
                    )
        except OSError as error:
            return stage.fail("cp", f"cannot create directory '{target}'", error)
        status = 0
        with os.scandir(source) as entries:
            for entry in entries:
                path = f"{target}/{entry.name}"
                inner = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(inner.st_mode):
                    status |= self._directory(entry.path, path, inner)
                else:
                    status |= self._entry(entry.path, path, inner)
        if made and self._keeps_mode:
            os.chmod(target, stat.S_IMODE(found.st_mode))  # noqa: PTH101
        return status

    @property
    def _keeps_mode(self) -> bool:
        return bool(self.options & {"a", "p"})

    def _entry(self, source: str, target: str, found: os.stat_result) -> int:
        """Copy a file or link."""
        stage = self.stage
        try:
            if stat.S_ISLNK(found.st_mode):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(target)  # noqa: PTH108
                os.symlink(os.readlink(source), target)  # noqa: PTH115, PTH211
                stage.links_changed()
            elif stat.S_ISREG(found.st_mode):
                if not stage.has(source):
                    stage.seen.file(source)
                self._file(source, target, found)
            else:
                return stage.fail("cp", f"'{source}' is neither a file nor a directory")
        except OSError as error:
            return stage.fail("cp", f"cannot copy '{source}' to '{target}'", error)
        return 0

    def _file(self, source: str, target: str, found: os.stat_result) -> None:
        mode = stat.S_IMODE(found.st_mode) & 0o777
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        reader = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        try:
            try:
                descriptor = os.open(target, flags, mode)
            except OSError:
                if os.path.islink(target):  # noqa: PTH114
                    target = self.stage.through_link(target)
                elif "f" in self.options and os.path.isfile(target):  # noqa: PTH113
                    os.unlink(target)  # noqa: PTH108
                else:
                    raise
                descriptor = os.open(target, flags, mode)
            try:
                copied = 0
                while data := os.read(reader, min(_CHUNK, max(found.st_size - copied, 0) + _SPARE)):
                    view = memoryview(data)
                    while view:
                        view = view[os.write(descriptor, view) :]
                    copied += len(data)
                    if copied == found.st_size:
                        break
                if self._keeps_mode:
                    os.fchmod(descriptor, mode)
                os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
            finally:
                os.close(descriptor)
        finally:
            os.close(reader)
