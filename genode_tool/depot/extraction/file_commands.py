"""The file commands that recipes use, carried out by this process.

`cp`, `mkdir`, `touch`, `ln -s`, `mv`, `rm` and `echo` with the options that recipes give them,
after the manuals of GNU coreutils. A call with anything else is not understood and goes to a
shell. Nothing is written outside of the archive's directory.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genode_tool.depot.extraction.copy import Copy
from genode_tool.depot.extraction.shell_line import Call, Word, read_line
from genode_tool.depot.extraction.stage import OutsideArchive, Stage
from genode_tool.regex import regex

_MAGIC = regex(r"[*?\[]")


@dataclass(slots=True)
class FileCommands:
    """Runs command lines in an archive's directory."""

    stage: Stage

    def run(self, line: str) -> int | None:
        """Carry out a command line; return its exit status, or None when it takes a shell.

        Raises `OutsideArchive`, and `OSError` when the disk is full.
        """
        calls = read_line(line)
        if calls is None:
            return None
        steps = [step for step in map(self._step, calls) if step is not None]
        if len(steps) < len(calls):
            return None
        status = 0
        for call, step in zip(calls, steps, strict=True):
            if not (call.on_success and status):
                status = step()
        return status

    def _step(self, call: Call) -> Callable[[], int] | None:
        """Return what carries out a call; None if some option of it is not understood."""
        program = call.words[0].text
        if program == "echo":
            return self._echo_step(call)
        known = _PROGRAMS.get(program)
        if known is None or call.into:
            return None
        allowed, work = known
        options: set[str] = set()
        operands: list[Word] = []
        for word in call.words[1:]:
            if word.text.startswith("-") and word.text != "-" and not word.pattern:
                if not set(word.text[1:]) <= set(allowed) or word.text.startswith("--"):
                    return None
                options.update(word.text[1:])
            else:
                operands.append(word)
        if program == "ln" and "s" not in options:  # the archive would share files with the tree
            return None
        return lambda: work(self, self._expand(operands), options)

    # --- names --------------------------------------------------------------------------------

    def _expand(self, words: Sequence[Word]) -> list[str]:
        found: list[str] = []
        for word in words:
            matches = self._matches(word.pattern) if word.pattern else []
            found += matches or [word.text]
        return found

    def _matches(self, pattern: str) -> list[str]:
        top, _, _ = _MAGIC.split(self.stage.path(pattern), maxsplit=1)[0].rpartition("/")
        if not self.stage.has(top):
            if _MAGIC.search(self.stage.path(pattern).rpartition("/")[0]):
                self.stage.seen.tree(top)
            else:
                self.stage.seen.directory(top)
        return sorted(glob.glob(pattern, root_dir=self.stage.top))  # noqa: PTH207

    # --- programs -----------------------------------------------------------------------------

    def _echo_step(self, call: Call) -> Callable[[], int] | None:
        words = [word.text for word in call.words[1:]]
        # Shells differ in what they do with these.
        odd = any("\\" in word for word in words) or (words and words[0].startswith("-"))
        if odd or any(word.pattern for word in call.words):
            return None
        text = " ".join(words) + "\n"
        return lambda: self._echo(text, call.into, append=call.append)

    def _echo(self, text: str, into: str, *, append: bool) -> int:
        if not into:
            return 0
        path = self.stage.through_link(self.stage.writable(self.stage.path(into)))
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
        try:
            descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
        except OSError as error:
            return self.stage.fail("sh", f"cannot create {into}", error)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(text.encode(errors="surrogateescape"))
        return 0

    def _mkdir(self, names: Sequence[str], options: set[str]) -> int:
        status = 0
        for name in names:
            path = self.stage.path(name)
            if "p" in options and os.path.isdir(path):  # noqa: PTH112
                continue
            existing = path.rstrip("/")
            while not os.path.lexists(existing):
                existing = existing.rpartition("/")[0]
            real = self.stage.writable(f"{existing}/x").rpartition("/")[0]
            new = self._new_directories(real, path[len(existing) :])
            if new and not os.path.isdir(real):  # noqa: PTH112
                status = self.stage.fail("mkdir", f"cannot create '{name}': Not a directory")
                continue
            try:
                for directory in new if "p" in options else new[-1:] or [real]:
                    place = self.stage.writable(directory)
                    if "p" not in options or not os.path.isdir(place):  # noqa: PTH112
                        os.mkdir(place)  # noqa: PTH102
                        self.stage.made(place)
            except OSError as error:
                status = self.stage.fail("mkdir", f"cannot create directory '{name}'", error)
        return status

    def _new_directories(self, real: str, rest: str) -> list[str]:
        """Return the paths of the directories to make for the path `rest` below `real`.

        Nothing of `rest` exists yet, but it may go up again. Raises `OutsideArchive`.
        """
        found = []
        path = real
        for part in rest.split("/"):
            if part not in ("", "."):
                path = path.rpartition("/")[0] if part == ".." else f"{path}/{part}"
                if not self.stage.has(path):
                    raise OutsideArchive(path)
                found.append(path)
        return found

    def _touch(self, names: Sequence[str], options: set[str]) -> int:  # noqa: ARG002
        status = 0
        for name in names:
            path = self.stage.through_link(self.stage.writable(self.stage.path(name)))
            try:
                if os.path.exists(path):  # noqa: PTH110
                    os.utime(path)
                else:
                    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
            except OSError as error:
                status = self.stage.fail("touch", f"cannot touch '{name}'", error)
        return status

    def _ln(self, names: Sequence[str], options: set[str]) -> int:
        if len(names) != 2:
            return self.stage.fail("ln", "wanted a target and a name for the link")
        target, name = names
        path = self.stage.path(name)
        if os.path.isdir(path):  # noqa: PTH112
            path = f"{path.rstrip('/')}/{target.rstrip('/').rpartition('/')[2]}"
        path = self.stage.writable(path)
        self.stage.links_changed()  # a link may change where a path leads
        try:
            if "f" in options:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)  # noqa: PTH108
            os.symlink(target, path)  # noqa: PTH211
        except OSError as error:
            return self.stage.fail("ln", f"failed to create symbolic link '{name}'", error)
        return 0

    def _rm(self, names: Sequence[str], options: set[str]) -> int:
        status = 0
        for name in names:
            path = self.stage.writable(self.stage.path(name))
            try:
                if stat.S_ISDIR(os.lstat(path).st_mode):
                    if not options & {"r", "R"}:
                        status = self.stage.fail("rm", f"cannot remove '{name}': Is a directory")
                    elif path == self.stage.top:
                        status = self.stage.fail("rm", f"refusing to remove '{name}'")
                    else:
                        shutil.rmtree(path)
                else:
                    os.unlink(path)  # noqa: PTH108
            except FileNotFoundError as error:
                if "f" not in options:
                    status = self.stage.fail("rm", f"cannot remove '{name}'", error)
            except OSError as error:
                status = self.stage.fail("rm", f"cannot remove '{name}'", error)
        self.stage.links_changed()
        return status

    def _mv(self, names: Sequence[str], options: set[str]) -> int:  # noqa: ARG002
        *sources, last = names or [""]
        if not sources:
            return self.stage.fail("mv", "missing file operand")
        target = self.stage.path(last)
        into = os.path.isdir(target)  # noqa: PTH112
        if len(sources) > 1 and not into:
            return self.stage.fail("mv", f"target '{last}': No such file or directory")
        status = 0
        for name in sources:
            source = self.stage.writable(self.stage.path(name))
            path = f"{target.rstrip('/')}/{source.rpartition('/')[2]}" if into else target
            try:
                os.rename(source, self.stage.writable(path))  # noqa: PTH104
            except OSError as error:
                status = self.stage.fail("mv", f"cannot move '{name}' to '{last}'", error)
        self.stage.links_changed()
        return status

    def _cp(self, names: Sequence[str], options: set[str]) -> int:
        *sources, last = names or [""]
        if not sources:
            return self.stage.fail("cp", "missing file operand")
        copy = Copy(self.stage, options)
        target = self.stage.path(last)
        into = os.path.isdir(target)  # noqa: PTH112
        if len(sources) > 1 and not into:
            return self.stage.fail("cp", f"target '{last}': No such file or directory")
        status = 0
        for name in sources:
            source = self.stage.path(name)
            base = source.rstrip("/").rpartition("/")[2]
            inner = into and base not in (".", "..")
            path = f"{target.rstrip('/')}/{base}" if inner else target
            status |= copy.copy(name, source, path)
        return status


_Work = Callable[[FileCommands, Sequence[str], set[str]], int]

_PROGRAMS: dict[str, tuple[str, _Work]] = {
    "cp": ("rRafp", FileCommands._cp),
    "mkdir": ("p", FileCommands._mkdir),
    "ln": ("sf", FileCommands._ln),
    "touch": ("", FileCommands._touch),
    "mv": ("f", FileCommands._mv),
    "rm": ("rRf", FileCommands._rm),
}
"""The letters of the options that are understood, and what carries out the command."""
