"""Damaged makefiles: an error or a result, never a traceback, a hang, or memory without bound."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

import pytest

from genode_tool.makefile import Evaluation, MakefileError, ParseCache, ShellResult, Stat, resolve
from genode_tool.makefile.inputs import Kind

from .harness import HERE, load

_CASES = [case for path in sorted(Path(HERE / "cases").glob("*.txt")) for case in load(path)]
_TOKENS = (
    *("$(", ")", "${", "}", "$", "$$", ",", ":", "::", "&:", "=", ":=", "+=", "?=", "%", "\\", "#"),
    *(";", "|", "\t", "\n", "\\\n", " ", "define x\n", "endef\n", "ifdef x\n", "else\n", "endif\n"),
    *("$(eval ", "$(call ", "$(foreach x,", "$(if ", "include ", "export ", "override ", "vpath "),
    *(".PHONY:", "private ", "undefine ", "\0", "\xff", "(", "'", '"', "../", "*", "[", "~"),
)


class _Nothing:
    """Inputs without a file system: what is not written here does not exist."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        return None

    def stat(self, path: str) -> Stat | None:
        return Stat(Kind.FILE, 1, 1) if path in self.files else None

    def realpath(self, path: str) -> str | None:
        return path if path in self.files else None

    def getenv(self, name: str) -> str | None:
        return None

    def environ(self) -> dict[str, str]:
        return {}

    def shell(self, command: str, **_: object) -> ShellResult:
        return ShellResult(b"out\n", 0)


def _damaged(chance: random.Random, text: str) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:at] + chance.choice(_TOKENS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + chance.randint(1, 9) :]
        elif kind == 2:
            other = chance.randrange(len(text) + 1)
            text = text[:at] + text[other : other + chance.randint(1, 40)] + text[at:]
        else:
            lines = text.split("\n")
            chance.shuffle(lines)
            text = "\n".join(lines)
    return text


@pytest.mark.parametrize("seed", range(8))
def test_damaged_makefiles_end_in_a_result_or_an_error(seed: int) -> None:
    chance = random.Random(seed)
    cache = ParseCache()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(250):
        case = chance.choice(_CASES)
        text = case.files.get("Makefile", "all:;\n")
        if "$(file" in text:
            continue
        damaged = _damaged(chance, text)
        files = {f"/x/{name}": body.encode() for name, body in case.files.items()}
        files["/x/Makefile"] = damaged.encode("utf-8", "surrogateescape")
        started = time.process_time()
        try:
            ev = Evaluation(_Nothing(files), cwd="/x", cache=cache)
            ev.include("Makefile")
            for step in resolve(ev, ("all",)).steps:
                step.recipe()
        except MakefileError as error:
            assert error.message
        assert time.process_time() - started < 20, damaged
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 300 * 1024, "the evaluation of small makefiles took over 300 MiB"
