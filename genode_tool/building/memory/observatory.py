"""The observatory: each thing is looked at once per call, numbered, comparable in a later call.

All evaluations of one call share an `Observatory`. It looks at every file, directory, variable
and shell command once and gives each observation a number. An `EvaluationScope` (see `scope`) is
the view of one evaluation, and records the numbers that it was served. Hundreds of descriptions
look at the same few thousand things, so a later call compares each of them once, not once per
description.

Whether a path exists is remembered through the directory around it: as long as the modification
time of a directory stays the same, no name has appeared in it or left it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from genode_tool.building.memory.observation import Key, Look, Observation, reduced
from genode_tool.building.memory.shell_queries import classify
from genode_tool.building.memory.stamps import (
    Stamp,
    digest_of_file,
    digest_of_names,
    directory_stamp,
    file_stamp,
    is_racy,
)
from genode_tool.errors import Diagnostic, Severity
from genode_tool.recall import kind_at

if TYPE_CHECKING:  # importing the makefile machinery takes longer than finding nothing changed
    from genode_tool.errors import Location
    from genode_tool.makefile import Inputs, Stat
    from genode_tool.tree import BuildDirectory

_MANY_LOOKS = 3
"""A directory in which so many names are looked for is listed."""


class Observatory:
    """Looks at the machine, each thing once, and numbers its observations.

    `environment` is that of the call, `own_directory` the build directory. `numbers` are the
    observations made so far by what was looked at, `answers` what they saw. `shell_errors` are what
    shell commands wrote to their standard error, which is not the user's terminal; `place` returns
    where the evaluation is that runs them.
    """

    def __init__(self, environment: Mapping[str, str], own_directory: str = "") -> None:
        self._own_directory = own_directory
        self._inner_inputs: Inputs | None = None
        # What directories hold; None for what is neither a plain file nor a directory.
        self._contents: dict[str, dict[str, Stat | None]] = {}
        self._looks: dict[str, int] = {}
        self.environment = dict(environment)
        self._started_ns = time.time_ns()
        self.numbers: dict[Key, int] = {}
        self._keys: list[Key] = []
        self.answers: list[Any] = []
        self._stamps: list[Any] = []
        self._taken_over: dict[int, Observation] = {}
        self._taken_keys: dict[Key, int] = {}
        self._directories: dict[str, tuple[str, Stamp] | None] = {}
        self._errors: IO[bytes] | None = None
        self._errors_read = 0
        self.shell_errors: list[Diagnostic] = []
        self.place: Callable[[], Location | None] = lambda: None

    @classmethod
    def of(cls, build_dir: BuildDirectory) -> Observatory:
        """Return the observatory of a call in `build_dir`."""
        return cls(build_dir.environment, str(build_dir.path))

    @property
    def _inner(self) -> Inputs:
        if self._inner_inputs is None:
            from genode_tool.makefile import RealInputs

            self._errors = os.fdopen(os.memfd_create("shell errors"), "r+b")
            self._inner_inputs = RealInputs(stderr=self._errors.fileno())
        return self._inner_inputs

    @cached_property
    def _plain(self) -> tuple[Stat, Stat]:
        """The answers for a file and a directory of which only the kind is known."""
        from genode_tool.makefile import Kind, Stat

        return Stat(Kind.FILE, 0, 0), Stat(Kind.DIRECTORY, 0, 0)

    def look(self, key: Key) -> int:
        """Return the number of an observation, made now unless it was made before."""
        number = self.numbers.get(key)
        if number is None:
            # The stamp first: what changes between the two is seen as changed later on.
            if key[0] == Look.KIND:
                stamp, answer = self._kind(key[1])
            else:
                stamp = self._stamp(key)
                answer = self._answer(key)
            number = len(self._keys)
            self.numbers[key] = number
            self._keys.append(key)
            self.answers.append(answer)
            self._stamps.append(stamp)
        return number

    def _answer(self, key: Key) -> Any:
        look = key[0]
        if look == Look.KIND:
            return self._inner.stat(key[1])
        if look == Look.READ:
            return self._inner.read(key[1])
        if look == Look.LIST:
            return self._list(key[1])
        if look == Look.REAL:
            return self._inner.realpath(key[1])
        if look == Look.ENV:
            return self.environment.get(key[1])
        _, command, shell, flags, cwd, environment = key
        result = self._inner.shell(
            command, shell=shell, flags=flags, cwd=cwd, env=dict(environment)
        )
        self._contents.clear()  # the command may have made files
        self._listen(command)
        return result

    def _kind(self, subject: str) -> tuple[Any, Any]:
        """Return the stamp and the answer for what is at a path; only its kind is true.

        Several names are looked for in most directories, so that one listing answers for them all.
        """
        directory, _, name = subject.rpartition("/")
        if name in ("", ".", ".."):
            key = (Look.KIND, subject)
            return self._stamp(key), self._answer(key)
        directory = directory or "/"
        found = self._nearest_directory(directory)
        # What we write ourselves changes this directory all the time.
        stamp = None if found is None or found[0] == self._own_directory else found
        contents = self._contents.get(directory)
        if contents is None:
            looks = self._looks[directory] = self._looks.get(directory, 0) + 1
            if looks >= _MANY_LOOKS or found is None or found[0] != directory:
                self._list(directory)
                contents = self._contents.get(directory)
        if contents is not None:
            if name not in contents:
                return stamp, None
            kind = contents[name]
            if kind is not None:
                return stamp, kind
        if os.path.islink(subject):  # noqa: PTH114 - what it leads to may come and go
            stamp = None
        return stamp, self._inner.stat(subject)

    def _list(self, path: str) -> tuple[str, ...] | None:
        """Return the names in a directory, and remember which are files and directories."""
        if self._own_directory and path.startswith(self._own_directory):
            return self._inner.listdir(path)
        contents: dict[str, Stat | None] = {}
        file, directory = self._plain
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        contents[entry.name] = directory
                    elif entry.is_file(follow_symlinks=False):
                        contents[entry.name] = file
                    else:
                        contents[entry.name] = None
        except (FileNotFoundError, NotADirectoryError):
            self._contents[path] = {}
            return None
        except (OSError, ValueError):
            return None
        self._contents[path] = contents
        return tuple(sorted(contents))

    def _listen(self, command: str) -> None:
        """Record what a shell command has written to its standard error."""
        if self._errors is None:
            return
        descriptor = self._errors.fileno()
        new = os.fstat(descriptor).st_size - self._errors_read
        text = os.pread(descriptor, new, self._errors_read).decode(errors="replace").strip()
        self._errors_read += new
        if text:
            text = f"`{command}` printed: {text}"
            self.shell_errors.append(Diagnostic(Severity.INFO, text, self.place()))

    def observation(self, number: int) -> Observation:
        """Return observation `number` in the form that is remembered between calls."""
        if number in self._taken_over:
            return self._taken_over[number]
        key = self._keys[number]
        return self._observed(key, reduced(key, self.answers[number]), self._stamps[number])

    def _observed(self, key: Key, result: Any, stamp: Any) -> Observation:
        timed = stamp is not None and key[0] in _IN_FILE_SYSTEM
        return Observation(key, result, stamp, timed and is_racy(stamp[1], self._started_ns))

    @property
    def count(self) -> int:
        """The number of observations, which is also the number of the next one."""
        return len(self._keys)

    def set_apart(self) -> None:
        """Record only the shell errors of this process, which was forked from another one."""
        self.shell_errors = []
        self._errors_read = 0
        if self._errors is not None:
            own = os.memfd_create("shell errors")
            os.dup2(own, self._errors.fileno())
            os.close(own)

    def take_over(self, seen: Observation) -> int | None:
        """Return a number for what another process saw; None when we saw something else."""
        number = self.numbers.get(seen.key, self._taken_keys.get(seen.key))
        if number is None:
            number = self._taken_keys[seen.key] = self.count
            self._keys.append(seen.key)
            self.answers.append(None)
            self._stamps.append(seen.stamp)
            self._taken_over[number] = seen
            return number
        return number if self.observation(number).result == seen.result else None

    def _stamp(self, key: Key) -> Any:
        """Return (path, stamp) for what lies in the file system, other plain data, or None."""
        look, subject = key[0], key[1]
        if look == Look.SHELL:
            return classify(subject, key[4]).stamp(dict(key[5]))
        if look == Look.REAL:
            return os.path.realpath(subject)
        found: tuple[str, Stamp] | None = None
        if look == Look.READ:
            stamp = file_stamp(subject)
            if stamp is None:
                found = self._nearest_directory(os.path.dirname(subject))  # noqa: PTH120
            else:
                found = (subject, stamp)
        elif look == Look.LIST:
            found = self._nearest_directory(subject)
        elif look == Look.KIND:
            path = subject.rstrip("/")
            if os.path.islink(path):  # noqa: PTH114 - what it leads to may come and go
                return None
            found = self._nearest_directory(os.path.dirname(path))  # noqa: PTH120
        # What we write ourselves changes this directory all the time.
        return None if found is None or found[0] == self._own_directory else found

    def _nearest_directory(self, path: str) -> tuple[str, Stamp] | None:
        """Return the nearest existing directory at or above `path`, with its stamp.

        As long as that one stays as it is, nothing appears below it.
        """
        if path not in self._directories:
            stamp = directory_stamp(path)
            above = os.path.dirname(path)  # noqa: PTH120
            if stamp is not None:
                self._directories[path] = (path, stamp)
            elif above == path:
                self._directories[path] = None
            else:
                self._directories[path] = self._nearest_directory(above)
        return self._directories[path]

    def renewed(self, kept: Observation) -> Observation | None:
        """Return a remembered observation as it would be made now; None: with another result.

        `kept` has a result: it is no mere stamp, as of `Look.FILE`. An equal stamp proves an equal
        result. When the stamp differs, the results are compared, and the observation returned has
        the stamp of now, so that the next call is spared this.
        """
        stamp = self._stamp(kept.key)
        if stamp is not None and kept.stamp == stamp and not kept.racy:
            return kept
        cheap = _CHEAP.get(kept.key[0])
        if cheap is not None and self._inner_inputs is None:
            now = self._observed(kept.key, cheap(kept.key[1]), stamp)
        else:
            now = self.observation(self.look(kept.key))
        return now if now.result == kept.result else None

    def all_same(self, kept: Iterable[Observation]) -> bool:
        """Return whether all remembered observations would be made again."""
        for one in kept:
            look, subject = one.key[0], one.key[1]
            # Nearly all are of these two kinds: a call without changes is done in milliseconds.
            # They have no result that could be compared when the stamp proves nothing.
            if look in (Look.FILE, Look.DIRECTORY):
                stamp_of = file_stamp if look == Look.FILE else directory_stamp
                if one.racy or one.stamp is None or stamp_of(subject) != one.stamp[1]:
                    return False
            elif self.renewed(one) is None:
                return False
        return True


_IN_FILE_SYSTEM = frozenset((Look.READ, Look.LIST, Look.KIND))
_CHEAP = {Look.KIND: kind_at, Look.READ: digest_of_file, Look.LIST: digest_of_names}
"""Functions that return results without the makefile machinery, which is slow to import."""
