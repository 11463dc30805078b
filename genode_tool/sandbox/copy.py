"""A confined copy of this process that runs a function and talks to us by pipes.

The copy may run code of others in its own memory: what it says is taken as data (JSON), never as
objects. It has no open files of ours, no terminal, and dies with the thread that made it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, GenodeError, Location
from genode_tool.fork import copy_process, let_go_of_files
from genode_tool.keeper import adopt_orphans
from genode_tool.orphans import end_orphans
from genode_tool.process import kill_session
from genode_tool.sandbox.policy import (
    Policy,
    confine_thread,
    enter_namespaces,
    settle_in_namespaces,
)
from genode_tool.sandbox.system_calls import prctl
from genode_tool.sandbox.trial import namespaces_allowed

Json = Any
Call = Callable[[Json], Json]

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_LONGEST = 256 << 20  # bytes of a message; more is an attack
_BLOCK = 1 << 16


class CopyEnded(EnvironmentProblem):
    """The copy died before it had a result."""


class CopyTimedOut(EnvironmentProblem):
    """The copy did not answer in time, and was killed."""


class Refused(Exception):
    """What the copy asked for failed outside; nothing more will come of it."""


def run_in_copy(
    policy: Policy,
    work: Callable[[Call], Json],
    serve: Call,
    *,
    errors: Sequence[type[GenodeError]] = (),
    keep: Sequence[int] = (),
    temporary: Path | None = None,
    seconds: float | None = None,
) -> Json:
    """Return what `work` returns, as JSON has it, when run in a confined copy of this process.

    `work` gets a function that asks this process something: `serve` answers, here. What `serve`
    raises ends the copy and is raised. `GenodeError`s raised in the copy are raised here, if of a
    class in `errors` as that. Descriptors in `keep` stay open there; temporary files go to
    `temporary`, which has to be writable. Raises `CopyEnded` when the
    copy dies, `CopyTimedOut` when it lasts longer than `seconds`.
    """
    isolated = policy.isolated and namespaces_allowed()
    here, there = os.pipe(), os.pipe()
    pid = copy_process()
    if pid == 0:
        if temporary is not None:
            os.environ["TMPDIR"] = str(temporary)
            vars(tempfile)["tempdir"] = None  # the one that was in use is out of reach
        _be_the_copy(policy, isolated, work, (there[0], here[1]), keep)
    os.close(there[0])
    os.close(here[1])
    known = {one.__name__: one for one in (*errors, EnvironmentProblem)}
    conversation = _Conversation(here[0], there[1], known, Deadline.after(seconds))
    try:
        return conversation.hold(serve)
    finally:
        os.close(here[0])
        os.close(there[1])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if not conversation.over and not isolated:
            kill_session(pid)


class _Conversation:
    """Our side of the pipes."""

    def __init__(
        self,
        reader: int,
        writer: int,
        errors: Mapping[str, type[GenodeError]],
        deadline: Deadline,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._errors = errors
        self._deadline = deadline
        self._received = bytearray()
        self.over = False
        """Whether the copy has sent its result, before which it ends what it started."""

    def hold(self, serve: Call) -> Json:
        """Answer what the copy asks until it has a result; return that."""
        while True:
            message = self._receive()
            match message:
                case {"ask": question}:
                    answer = {"answer": serve(question)}
                    with contextlib.suppress(BrokenPipeError):
                        _send(self._writer, answer)
                case {"result": result}:
                    self.over = True
                    return result
                case {"error": dict() as error}:
                    raise self._error(error)
                case {"system": [int() as number, str() as words, str() as name]}:
                    raise OSError(number, words, name or None)
                case {"crash": str() as trace}:
                    raise RuntimeError(trace)
                case _:
                    raise CopyEnded("the confined process sent nonsense")

    def _receive(self) -> Json:
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if not select.select([self._reader], [], [], self._deadline.remaining)[0]:
                raise CopyTimedOut("the confined process did not end in time and was killed")
            block = os.read(self._reader, _BLOCK)
            if not block or searched > _LONGEST:
                raise CopyEnded("the confined process ended without a result")
            self._received += block
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            return None

    def _error(self, error: dict[str, Json]) -> GenodeError:
        kind = self._errors.get(str(error.get("kind")), GenodeError)
        location = None
        match error.get("location"):
            case [str() as file, int() as line, int() as column]:
                location = Location(file, line, column)
        trail = error.get("trail")
        return kind(
            str(error.get("message")),
            location=location,
            trail=tuple(str(one) for one in trail) if isinstance(trail, list) else (),
            hint=str(error.get("hint") or ""),
        )


def _send(descriptor: int, message: Json) -> None:
    data = memoryview(json.dumps(message).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data) :]


def _be_the_copy(
    policy: Policy,
    isolated: bool,
    work: Callable[[Call], Json],
    pipes: tuple[int, int],
    keep: Sequence[int],
) -> NoReturn:
    """Confine this copy, run `work` and send its result; never return."""
    reader, writer = pipes
    status = 1
    try:
        prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        os.setsid()
        let_go_of_files({reader, writer, *keep})
        isolated = isolated and enter_namespaces(policy)
        if isolated:
            _continue_in_child()
            settle_in_namespaces()
            os.chdir(Path.cwd())  # the directory as it is mounted now
        confine_thread(replace(policy, isolated=isolated))
        adopt_orphans()
        outcome = _outcome(work, reader, writer)
        end_orphans(())
        _send(writer, outcome)
        status = 0
    finally:
        # Handlers and buffers are those of the original, which still needs them.
        os._exit(status)


def _continue_in_child() -> None:
    """Go on as a child of this process, which is the first one of its namespace."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os._exit(0)
    prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _outcome(work: Callable[[Call], Json], reader: int, writer: int) -> Json:
    """Run `work` and return the message about it."""
    lock = threading.Lock()
    received = bytearray()

    def ask(question: Json) -> Json:
        with lock:
            _send(writer, {"ask": question})
            while (end := received.find(b"\n")) < 0:
                block = os.read(reader, _BLOCK)
                if not block:
                    raise Refused
                received.extend(block)
            line = bytes(received[:end])
            del received[: end + 1]
        return json.loads(line)["answer"]

    try:
        return {"result": work(ask)}
    except GenodeError as error:
        at = error.location
        return {
            "error": {
                "kind": type(error).__name__,
                "message": error.message,
                "location": [at.file, at.line, at.column] if at else None,
                "trail": list(error.trail),
                "hint": error.hint,
            }
        }
    except OSError as error:
        words = error.strerror or str(error)
        return {"system": [error.errno or 0, words, str(error.filename or "")]}
    except BaseException:
        return {"crash": traceback.format_exc()}
