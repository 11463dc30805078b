"""The keeper: a child process that ends the other ones when this process is gone.

A tiny shell process reads a pipe whose only writer is us. We report what has started and what has
ended; when the pipe closes, the keeper kills the rest, even after a `kill -9` of this process.
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

# Lines on standard input: "+ ID" a process began, "- ID" it is over; "t SETTINGS TTY" a terminal
# to be given back with those settings of stty(1), "t" none any more. At end of input all
# processes still listed and all members (field 6 of /proc/PID/stat, proc(5)) of the sessions
# that they lead are killed, twice, since a member may fork while we look.
_KEEPER = r"""
trap '' HUP INT QUIT TERM
live=' ' tty=
while read -r op id; do
  case $op in
    +) live="$live$id " ;;
    -) case $live in *" $id "*) live="${live%% "$id" *} ${live#* "$id" }" ;; esac ;;
    t) tty=$id ;;
  esac
done
[ -z "$tty" ] || stty -F "${tty#* }" "${tty%% *}" 2>/dev/null
[ -n "${live#"${live%%[0-9]*}"}" ] || exit 0
for round in 1 2; do
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    pid=${stat#/proc/} pid=${pid%/stat}
    set -- ${line##*) }
    case $live in *" $4 "* | *" $pid "*) kill -9 "$pid" ;; esac
  done
done 2>/dev/null
"""


class Keeper:
    """Our end of the pipe to the keeper process."""

    def __init__(self) -> None:
        """Start the process."""
        self._lock = threading.Lock()
        self._live: set[int] = set()
        self._terminal = ""
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

    def terminal(self, words: str) -> None:
        """Give a terminal its settings back when we are gone; "" when that is done."""
        with self._lock:
            self._terminal = words
            self._tell(f"t {words}\n".encode())

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
        os.write(self._pipe, known + f"t {self._terminal}\n".encode())

    def _start(self) -> int:
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER],
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


def announcement(pid: int) -> bytes:
    """Return the message that process `pid` starts."""
    return b"+ %d\n" % pid


def withdrawal(pid: int) -> bytes:
    """Return the message that process `pid` has ended."""
    return b"- %d\n" % pid


@functools.cache
def keeper() -> Keeper:
    """Return this process's keeper, started with the first child."""
    return Keeper()


def forked() -> None:
    """Give a process that was forked off, and calls this, a keeper of its own."""
    if keeper.cache_info().currsize:
        keeper().leave()
        keeper.cache_clear()
