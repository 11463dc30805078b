"""What a call looks at, whichever of its modules looks: the observations behind any answer.

Commands that only show something read files, list directories and ask for times in many modules.
Within `recorded`, all of that is noted: audit events (PEP 578) tell of files that are opened and
directories that are listed, replaced functions of `os` of what is asked about a path. Whatever
cannot be checked by `genode_tool.recall` makes the record incomplete: a process that is started, a
file that is written, a connection; so does a file that changes meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat as stat_bits
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import genode_tool
from genode_tool.building.memory.stamps import Stamp, is_racy

if TYPE_CHECKING:
    from genode_tool.recall import Checks

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_EXCLUSIVE = os.O_CREAT | os.O_EXCL
# Which arguments of what changes a file name it.
_CHANGING: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("os.remove", "os.rmdir", "os.truncate", "os.utime"), (0,)),
    **dict.fromkeys(("os.chmod", "os.chown", "os.setxattr", "os.removexattr"), (0,)),
    **dict.fromkeys(("os.link", "os.symlink"), (1,)),
    "os.rename": (0, 1),
}
# What is written there tells others who holds it.
_LOCKS = ("/lock", ".lock")
_LISTING = frozenset(("os.listdir", "os.scandir"))
# What a record cannot hold: other processes, changes, connections, calls of foreign code.
_BEYOND = frozenset(
    (
        *("subprocess.Popen", "os.posix_spawn", "os.exec", "os.fork", "os.forkpty", "os.system"),
        "pty.spawn",
        *("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"),
        *("ctypes.dlopen", "ctypes.call_function"),
    )
)


class Looks:
    """The looks of a call that began at `began` (`time.time_ns`).

    `beyond` is what a record cannot hold, "" when it is complete. Nothing is noted when `paused`.
    With `copies_tell`, copies of this process tell what they look at themselves.
    """

    def __init__(self, began: int) -> None:
        self.beyond = ""
        self.paused = False
        self.copies_tell = False
        self._began = began
        self._files: dict[str, Stamp] = {}
        self._directories: dict[str, Stamp] = {}
        self._kinds: dict[str, str | None] = {}
        self._links: set[str] = set()
        self._listed: set[str] = set()
        # What the call makes for itself, and removes.
        self._own: set[str] = set()
        # Python's own modules change with the environment; those of the tool are added at the end.
        places = (sys.prefix, sys.base_prefix, sys.pycache_prefix, *genode_tool.__path__)
        self._modules = tuple({f"{one}/" for one in places if one})

    def give_up(self, why: str) -> None:
        """Note that something happened that a record cannot hold."""
        if not self.paused:
            self.beyond = self.beyond or why

    def opened(self, path: str, flags: int) -> None:
        """Note that a file is opened."""
        if self._is_own(path) or path == os.devnull:
            return
        if flags & _EXCLUSIVE == _EXCLUSIVE:
            self._own.add(path)
        elif flags & _WRITING and not path.endswith(_LOCKS):
            self.give_up(f"writes {path}")
        elif not path.endswith((".pyc", *_LOCKS)) and not path.startswith(self._modules):
            self.look(path)

    def made(self, path: str) -> None:
        """Note that a directory is made."""
        if not self._is_own(path):
            self.look(path, whole=False)
            if path in self._kinds and self._kinds[path] is None:
                del self._kinds[path]
                self._own.add(path)

    def changed(self, path: str) -> None:
        """Note that something is changed or removed."""
        if path and not self._is_own(path):
            self.give_up(f"changes {path}")

    def _is_own(self, path: str) -> bool:
        return self.paused or any(path == one or path.startswith(f"{one}/") for one in self._own)

    def listed(self, path: str) -> None:
        """Note that a directory is listed; entries that are links show what they lead to."""
        if not self._is_own(path):
            self.look(path)
            self._listed.add(path)

    def look(self, path: str, *, whole: bool = True) -> None:
        """Note what stands at `path`; `whole` as for `seen`."""
        try:
            self.seen(path, _STAT(path), whole=whole)
        except (OSError, ValueError):
            self.missing(path)

    def missing(self, path: str) -> None:
        """Note that there is nothing at `path` that could be looked at."""
        if self._is_own(path):
            return
        if path in self._files or path in self._directories or self._kinds.get(path) is not None:
            self.give_up(f"{path} vanished")
        self._kinds[path] = None

    def seen(self, path: str, found: os.stat_result, *, whole: bool = True) -> None:
        """Note the status of what stands at `path`; of a directory not `whole`, only that it is.

        Directories far above change all the time, and are asked for their kind alone.
        """
        if self._is_own(path):
            return
        times = (found.st_mtime_ns, found.st_ctime_ns)
        place = (found.st_ino, found.st_dev)
        if stat_bits.S_ISLNK(found.st_mode):
            self._links.add(path)
            return
        if self._kinds.get(path, "") is None:
            self.give_up(f"{path} appeared")
        if stat_bits.S_ISDIR(found.st_mode):
            if self._kinds.setdefault(path, "directory") != "directory":
                self.give_up(f"{path} changed")
            if whole:
                self._note(self._directories, path, (*times, *place))
        elif path.endswith(_LOCKS):
            self._kinds[path] = "file"
        elif stat_bits.S_ISREG(found.st_mode):
            self._note(self._files, path, (*times, found.st_size, *place))
        else:
            self._kinds[path] = "other"

    def link(self, path: str) -> None:
        """Note that `path` is taken for a link."""
        self._links.add(path)

    def _note(self, known: dict[str, Stamp], path: str, stamp: Stamp) -> None:
        if known.setdefault(path, stamp) != stamp or is_racy(stamp, self._began):
            self.give_up(f"{path} changed")

    def checks(self) -> Checks | None:
        """Return what `recall.up_to_date` compares, None when the record is incomplete."""
        for path in self._own:
            if os.path.lexists(path):
                self.give_up(f"leaves {path}")
        for path in self._listed:
            self._add_links(path)
        if self.beyond:
            return None
        reals = {path: os.path.realpath(path) for path in self._links}
        return (self._files, self._directories, self._kinds, reals, {})

    def copied(self) -> None:
        """Begin anew in a copy of this process, which tells what it has looked at by `told`."""
        self.beyond = ""
        for known in (self._files, self._directories, self._kinds, self._links, self._listed):
            known.clear()

    def told(self) -> dict[str, Any]:
        """Return the record as data for `add_told`, and why it is incomplete."""
        return {
            "beyond": self.beyond,
            "files": self._files,
            "directories": self._directories,
            "kinds": self._kinds,
            "links": sorted(self._links),
            "listed": sorted(self._listed),
        }

    def add_told(self, data: Any) -> None:
        """Add what a copy of this process has told, which may be anything."""
        match data:
            case {
                "beyond": str() as beyond,
                "files": dict() as files,
                "directories": dict() as directories,
                "kinds": dict() as kinds,
                "links": [*links],
                "listed": [*listed],
            }:
                pass
            case _:
                self.give_up("a copy told nonsense")
                return
        if beyond:
            self.give_up(beyond)
        for known, more in ((self._files, files), (self._directories, directories)):
            for path, stamp in more.items():
                self._note(known, path, tuple(int(one) for one in stamp))
        for path, kind in kinds.items():
            if self._kinds.setdefault(path, kind) != kind:
                self.give_up(f"{path} changed")
        self._links.update(map(str, links))
        self._listed.update(map(str, listed))

    def _add_links(self, directory: str) -> None:
        """Add what the links in a directory lead to: its entries tell their kinds unnoticed."""
        try:
            with os.scandir(directory) as entries:
                links = [one.path for one in entries if one.is_symlink()]
        except OSError:
            return
        for path in links:
            self._links.add(path)
            self.look(path, whole=False)


_RMTREE = shutil.rmtree
_STAT, _LSTAT, _ACCESS, _READLINK = os.stat, os.lstat, os.access, os.readlink


class _DirectoryStatus:
    """The status of a directory; whoever reads more than what it is depends on all of it."""

    def __init__(self, found: os.stat_result, path: str, looks: Looks) -> None:
        self._found = found
        self._path = path
        self._looks = looks

    def __getattr__(self, name: str) -> Any:
        if name not in _IDENTITY:
            self._looks.seen(self._path, self._found)
        return getattr(self._found, name)

    def __getitem__(self, index: int) -> Any:
        self._looks.seen(self._path, self._found)
        return self._found[index]


_IDENTITY = frozenset(("st_mode", "st_ino", "st_dev"))

# An audit hook stays as long as the process.
_current: list[Looks] = []
_hooked: list[Callable[[str, tuple[Any, ...]], None]] = []


def _is_keeper(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether it is the keeper that is started, which removes what a killed call leaves."""
    module = sys.modules.get("genode_tool.keeper")
    if event != "subprocess.Popen" or module is None:
        return False
    return str(arguments[1][-1]).startswith(f"mark='{module.MARK}=")


_THIS_PROGRAM = (None,)
"""What ctypes opens when it is imported."""


def _path(given: Any, looks: Looks, dir_fd: int | None = None) -> str:
    """Return the absolute form of a path, "" for an open file."""
    if isinstance(given, int):
        return ""  # it was noted when it was opened
    if dir_fd is not None:
        looks.give_up("looks below an open directory")
    path = os.fsdecode(os.curdir if given is None else given)
    return path if path.startswith("/") else f"{os.getcwd()}/{path}"  # noqa: PTH109


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _current:
        return
    looks = _current[-1]
    if event == "open":
        if path := _path(arguments[0], looks):
            looks.opened(path, arguments[2] or 0)
    elif event in _LISTING:
        if isinstance(arguments[0], int):
            looks.give_up("lists an open directory")
        else:
            looks.listed(_path(arguments[0], looks))
    elif event == "os.mkdir":
        looks.made(_path(arguments[0], looks))
    elif event in _CHANGING:
        for place in _CHANGING[event]:
            looks.changed(_path(arguments[place], looks))
    elif event == "os.fork" and looks.copies_tell:
        pass
    elif event in _BEYOND and arguments != _THIS_PROGRAM and not _is_keeper(event, arguments):
        looks.give_up(event)


def _stat(path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
    return _asked(path, dir_fd, lambda: _STAT(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks))


def _lstat(path: Any, *, dir_fd: int | None = None) -> os.stat_result:
    return _asked(path, dir_fd, lambda: _LSTAT(path, dir_fd=dir_fd))


def _asked(path: Any, dir_fd: int | None, ask: Callable[[], os.stat_result]) -> os.stat_result:
    looks = _current[-1]
    name = _path(path, looks, dir_fd)
    try:
        found = ask()
    except (OSError, ValueError):
        looks.missing(name)
        raise
    if not name:
        return found
    looks.seen(name, found, whole=False)
    if stat_bits.S_ISDIR(found.st_mode):
        status: Any = _DirectoryStatus(found, name, looks)
        return status  # type: ignore[no-any-return]
    return found


def _access(path: Any, mode: int, **options: Any) -> bool:
    looks = _current[-1]
    if name := _path(path, looks, options.get("dir_fd")):
        looks.look(name)
    return _ACCESS(path, mode, **options)


def _readlink(path: Any, *, dir_fd: int | None = None) -> Any:
    looks = _current[-1]
    looks.link(_path(path, looks, dir_fd))
    return _READLINK(path, dir_fd=dir_fd)


def _rmtree(path: Any, *arguments: Any, **options: Any) -> None:
    looks = _current[-1]
    looks.changed(_path(path, looks))
    # Below, it works with open directories and the names in them.
    looks.paused = True
    try:
        _RMTREE(path, *arguments, **options)
    finally:
        looks.paused = False


def current() -> Looks | None:
    """Return the record that is being made, None without one."""
    return _current[-1] if _current else None


@contextlib.contextmanager
def recorded(began: int) -> Iterator[Looks]:
    """Note what this process looks at within the context; see the module.

    `began` is when the call started (`time.time_ns`). Not for several threads at a time.
    """
    looks = Looks(began)
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(_hook)
    before = os.stat, os.lstat, os.access, os.readlink
    _current.append(looks)
    replaced: Any = shutil
    replaced.rmtree = _rmtree
    os.stat, os.lstat, os.access, os.readlink = _stat, _lstat, _access, _readlink
    try:
        yield looks
    finally:
        os.stat, os.lstat, os.access, os.readlink = before
        replaced.rmtree = _RMTREE
        _current.pop()
