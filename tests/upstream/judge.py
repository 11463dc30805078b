"""The same makefile under the real make and under ours: what each prints, what each knows."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from genode_tool.errors import GenodeError, Severity
from genode_tool.makefile import Evaluation, Inputs, Message, ParseCache, RealInputs
from tests.upstream.original import find_make

_SECONDS = 900


def run_make(
    arguments: Sequence[str], directory: str | Path, environment: Mapping[str, str]
) -> tuple[str, str, int]:
    """Run the judging make; return its output, its messages and its status."""
    done = subprocess.run(
        (find_make(), *arguments),
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=_SECONDS,
        check=False,
    )
    return done.stdout, done.stderr, done.returncode


def evaluate(
    makefiles: Sequence[str],
    directory: str | Path,
    environment: Mapping[str, str],
    variables: Mapping[str, str],
    *,
    goals: Sequence[str] = (),
    cache: ParseCache | None = None,
    inputs: Inputs | None = None,
) -> tuple[Evaluation, list[str], GenodeError | None]:
    """Evaluate makefiles with ours; return the evaluation, its `$(info)` lines and its error."""
    said: list[str] = []

    def listen(message: Message) -> None:
        if message.diagnostic.severity is Severity.INFO:
            said.append(message.diagnostic.text)

    ev = Evaluation(
        inputs or RealInputs(),
        cwd=str(directory),
        variables=variables,
        environ=environment,
        goals=goals,
        cache=cache,
        on_message=listen,
        make=find_make(),
    )
    try:
        for makefile in makefiles:
            ev.include(makefile)
    except GenodeError as error:
        return ev, said, error
    return ev, said, None
