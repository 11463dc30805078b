"""The keeper: a child process that ends the other ones when this process is gone.

A tiny shell process reads a pipe whose only writer is us. We report what has started and what has
ended; when the pipe closes, the keeper kills the rest and removes our scratch directories, even
after a `kill -9` of this process.
Compared with PR_SET_PDEATHSIG (prctl(2)) this reaches grandchildren, does not depend on which
thread started the child, and needs no Python code between fork and exec, so that `subprocess` may
use vfork: starting a process costs the same however large we have grown.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import subprocess
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK = "GENODE_KEEPER"
"""The variable by which a keeper knows descendants that left their session and lost their parent.

Such orphans are adopted while this process lives, and can be known by nothing else afterwards.
"""

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER

# Lines on standard input: "+ ID" a process began, "- ID" it is over; "t SETTINGS TTY" a terminal
# to be given back with those settings of stty(1), "t" none any more; "s PATH" a scratch directory
# (bytes other than _PLAIN are \0NNN, octal), "r PATH" no longer. At end of input all processes
# still listed, all members (field 6 of /proc/PID/stat, proc(5)) of the sessions that they lead,
# and all with $mark in their environment are killed, again and again, since one may fork while we
# look; then the directories are removed, as often, since what is about to die may write meanwhile.
# "q" is an end at which nothing is left.
_KEEPER = r"""
trap '' HUP INT QUIT TERM
live=' ' tty= scratch=' '
while read -r op id; do
  case $op in
    +) live="$live$id " ;;
    -) case $live in *" $id "*) live="${live%% "$id" *} ${live#* "$id" }" ;; esac ;;
    t) tty=$id ;;
    s) scratch="$scratch$id " ;;
    r) case $scratch in *" $id "*) scratch="${scratch%% "$id" *} ${scratch#* "$id" }" ;; esac ;;
    q) exit 0 ;;
  esac
done
[ -z "$tty" ] || stty -F "${tty#* }" "${tty%% *}" 2>/dev/null
for round in 1 2 3 4 5; do
  found=
  [ -n "${live#"${live%%[0-9]*}"}" ] && for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    pid=${stat#/proc/} pid=${pid%/stat}
    set -- ${line##*) }
    case $live in *" $4 "* | *" $pid "*) [ "$1" = Z ] || { kill -9 "$pid" && found=1; } ;; esac
  done
  for environ in $(grep -lzx "${mark:-none}" /proc/[0-9]*/environ); do
    pid=${environ#/proc/}
    kill -9 "${pid%/environ}" && found=1
  done
  [ -n "$found" ] || break
done 2>/dev/null
for escaped in $scratch; do
  path=$(printf '%b.' "$escaped")
  path=${path%.}
  for round in 1 2 3 4 5; do
    rm -rf "$path" && break
    chmod -R u+rwx "$path"
    [ $round = 1 ] || sleep 0.1
  done
done 2>/dev/null
"""


_PLAIN = frozenset(b"/._-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


class Keeper:
    """Our end of the pipe to the keeper process."""

    def __init__(self) -> None:
        """Start the process."""
        self.mark = f"{os.getpid()}-{os.urandom(8).hex()}"
        """The value of the variable `MARK` in the environment of all descendants."""
        # For children that get our environment as it is, and for Tcl's `exec`. Nothing in Python
        # reads it, so that it is no input of an evaluation.
        os.putenv(MARK, self.mark)
        self._lock = threading.Lock()
        self._live: set[int] = set()
        self._terminal = ""
        self._scratch: set[bytes] = set()
        self._pipe = self._start()

    def began(self, pid: int) -> None:
        """From now on, end process `pid` and its session with us."""
        with self._lock:
            self._live.add(pid)
            self._tell(announcement(pid))

    def ended(self, pid: int) -> None:
        """Process `pid` is gone: its number may become another one's."""
        with self._lock:
            self._live.discard(pid)
            self._tell(withdrawal(pid))

    @contextlib.contextmanager
    def announced_by_itself(self) -> Iterator[int]:
        """Within the context, a fork of this process can report itself to the keeper.

        It writes the lines `announcement` and `withdrawal` to the descriptor that this yields, so
        that it never runs a program while the keeper does not know it.
        """
        with self._lock:
            if self._was_killed():
                self._renew()
            yield self._pipe

    def announced(self, pid: int) -> None:
        """Note process `pid`, which has reported itself to the keeper."""
        with self._lock:
            self._live.add(pid)

    def made(self, directory: Path) -> None:
        """From now on, remove `directory` with us; the path is absolute."""
        with self._lock:
            self._scratch.add(os.fsencode(directory))
            self._tell(b"s %s\n" % _escaped(os.fsencode(directory)))

    def removed(self, directory: Path) -> None:
        """`directory` is gone, or no longer scratch."""
        with self._lock:
            self._scratch.discard(os.fsencode(directory))
            self._tell(b"r %s\n" % _escaped(os.fsencode(directory)))

    def terminal(self, words: str) -> None:
        """Give a terminal its settings back when we are gone; "" when that is done."""
        with self._lock:
            self._terminal = words
            self._tell(f"t {words}\n".encode())

    def __contains__(self, pid: object) -> bool:
        """Return whether `pid` is the keeper, or a process that it knows."""
        return pid in self._live or pid == self._process.pid

    @property
    def busy(self) -> bool:
        """Whether it knows processes that have not ended, or scratch directories."""
        return bool(self._live or self._scratch)

    def dismiss(self) -> None:
        """Let it end; nothing is left for it to do. The next child starts another one."""
        with self._lock:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._pipe, b"q\n")
            os.close(self._pipe)
        self._process.wait()

    def leave(self) -> None:
        """Leave the keeper to the process that we were forked off."""
        os.close(self._pipe)

    def _tell(self, line: bytes) -> None:
        try:
            os.write(self._pipe, line)
        except BrokenPipeError:
            self._renew()

    def _was_killed(self) -> bool:
        poll = select.poll()
        # No event is asked for: an error is reported in any case.
        poll.register(self._pipe, 0)
        return bool(poll.poll(0))  # POLLERR: nobody reads any more

    def _renew(self) -> None:
        """Start another keeper after somebody killed this one; it learns what lives."""
        os.close(self._pipe)
        self._pipe = self._start()
        known = b"".join(announcement(one) for one in self._live)
        known += b"".join(b"s %s\n" % _escaped(one) for one in self._scratch)
        os.write(self._pipe, known + f"t {self._terminal}\n".encode())

    def _start(self) -> int:
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"mark='{MARK}={self.mark}'{_KEEPER}"],
                stdin=reader,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # It outlives us, and must not keep a directory busy that somebody wants to remove.
                cwd="/",
                env={},
                start_new_session=True,  # no Ctrl-C, no signal sent to our group
            )
        except BaseException:
            os.close(writer)
            raise
        finally:
            os.close(reader)
        return writer


def _escaped(path: bytes) -> bytes:
    """Return a path as one word of a shell's `printf %b`, without blanks and patterns."""
    return b"".join(bytes((one,)) if one in _PLAIN else b"\\0%03o" % one for one in path)


def announcement(pid: int) -> bytes:
    """Return the message that process `pid` starts."""
    return b"+ %d\n" % pid


def withdrawal(pid: int) -> bytes:
    """Return the message that process `pid` has ended."""
    return b"- %d\n" % pid


@functools.cache
def keeper() -> Keeper:
    """Return this process's keeper, started with the first child."""
    adopt_orphans()
    return Keeper()


def adopt_orphans() -> None:
    """Adopt the orphans among the descendants of this process from now on (prctl(2))."""
    import ctypes  # takes a moment, which a call that starts nothing need not wait

    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def keeper_knows(pid: object) -> bool:
    """Return whether `pid` is the keeper of this process, or a child that it knows."""
    return bool(keeper.cache_info().currsize) and pid in keeper()


def dismiss_keeper() -> None:
    """Let the keeper end, if there is one: this process ends, and has no children left."""
    if keeper.cache_info().currsize and not keeper().busy:
        keeper().dismiss()
        keeper.cache_clear()


def forked() -> None:
    """Give a process that was forked off, and calls this, a keeper of its own."""
    if keeper.cache_info().currsize:
        keeper().leave()
        keeper.cache_clear()
