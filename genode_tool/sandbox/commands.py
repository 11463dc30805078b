"""Programs that run in a confined copy of this process, one after the other.

The copy is made for the first of them, so that who needs none pays nothing.
"""

from __future__ import annotations

import base64
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genode_tool import process
from genode_tool.makefile.child import start_command
from genode_tool.sandbox.copy import Call, CopyEnded, run_in_copy
from genode_tool.sandbox.policy import Policy


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended (-N: by signal N), and what it printed if that was asked."""

    status: int
    output: bytes = b""


def _in_new_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


@dataclass(slots=True)
class ConfinedCommands:
    """Use as a context manager. In a confined thread, `outside` has to be that of the thread.

    What is run may do what `policy` says; `errors` is the descriptor that it writes its errors
    to. `temporary` is for its temporary files and has to be writable. The copy is made outside,
    because a confined thread could not make one.
    """

    policy: Policy
    temporary: Path
    errors: int
    outside: Callable[[Callable[[], None]], None] = _in_new_thread
    _requests: queue.SimpleQueue[dict[str, Any] | None] = field(default_factory=queue.SimpleQueue)
    _answers: queue.SimpleQueue[Ended | BaseException | None] = field(
        default_factory=queue.SimpleQueue
    )
    _held: bool = False

    def __enter__(self) -> ConfinedCommands:
        """Nothing is made yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the copy if there is one."""
        if self._held:
            self._requests.put(None)
            self._answers.get()
            self._held = False

    def run(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], captured: bool = False
    ) -> Ended:
        """Run a program to its end; with `captured`, return what it prints.

        A program that cannot be started has the status 127. Raises `CopyEnded` when the copy was
        killed.
        """
        request = {"argv": list(argv), "cwd": cwd, "env": dict(env), "captured": captured}
        if self._held:
            self._requests.put(request)
        else:
            self._held = True
            self.outside(lambda: self._serve(request))
        answer = self._answers.get()
        if isinstance(answer, Ended):
            return answer
        self._held = False
        assert answer is not None
        raise answer

    def _serve(self, first: dict[str, Any]) -> None:
        """Let a copy run `first` and what comes after it, until there is nothing more."""
        end: BaseException | None = None
        try:
            self._hold(first)
        except BaseException as error:  # raised by the thread that waits
            end = error
        self._answers.put(end)

    def _hold(self, first: dict[str, Any]) -> None:
        """Let a copy run `first`, and what comes after it."""
        begun = False

        def serve(question: Any) -> dict[str, Any] | None:
            nonlocal begun
            if not begun:
                begun = True
                return first
            match question:
                case {"status": int() as status, "output": str() as output}:
                    self._answers.put(Ended(status, base64.b64decode(output)))
                    return self._requests.get()
            raise CopyEnded("the confined process sent nonsense")

        run_in_copy(
            self.policy,
            lambda ask: _work(ask, self.errors),
            serve,
            keep=(self.errors,),
            temporary=self.temporary,
        )


def _work(ask: Call, errors: int) -> None:
    """Run, in the copy, what is asked for."""
    request = ask(None)
    while request is not None:
        request = ask(_executed(request, errors))


def _executed(request: Any, errors: int) -> dict[str, Any]:
    argv = request["argv"]
    try:
        child = start_command(
            argv,
            cwd=request["cwd"],
            env=request["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if request["captured"] else errors,
            stderr=errors,
            new_session=False,
        )
    except process.CannotStart as error:
        os.write(errors, f"make: {argv[0]}: {error.reason}\n".encode("utf-8", "surrogateescape"))
        return {"status": 127, "output": ""}
    output, _ = child.communicate()
    return {"status": child.returncode, "output": base64.b64encode(output or b"").decode()}
