"""Makefiles of our own source tree, damaged at random.

Their recipes and shell commands are never run: `SHELL` is a program that prints what it was given.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from functools import cache
from pathlib import Path

from tests.differential.fuzz.chance import Chance
from tests.differential.makefile.harness import ROOT, Case

_TOKENS = (
    *("$(", ")", "${", "}", "$", "$$", ",", ":", "::", "&:", "=", ":=", "+=", "?=", "%", "\\", "#"),
    *(";", "|", "\t", "\n", "\\\n", " ", "\ndefine x\n", "\nendef\n", "\nifdef x\n", "\nelse\n"),
    *("\nendif\n", "$(eval ", "$(call ", "$(foreach x,a b,", "$(if ", "\ninclude ", "\nexport "),
    *("override ", "private ", "undefine ", "(", "'", '"', "*", "[", "-", "@", "\n\t@echo x\n"),
)
_UNSAFE = re.compile(r"SHELL|\$[({]file\b|MAKEFLAGS|\bload\b|guile")
_NAMED = re.compile(r"[A-Z][A-Z_]{2,}")


@cache
def sources() -> tuple[tuple[str, str], ...]:
    """Return the makefiles of the source tree with their names."""
    found = []
    for path in sorted(ROOT.glob("repos/**/*.mk")):
        text = path.read_text()
        if not _UNSAFE.search(text):
            found.append((str(path.relative_to(ROOT / "repos")), text))
    return tuple(found)


@cache
def printing_shell() -> str:
    """Return the path of a program that, called as a shell, prints the command it was given."""
    directory = tempfile.mkdtemp(prefix="printing-shell")
    path = Path(directory) / "sh"
    path.write_text('#!/bin/sh\nprintf "run: %s\\n" "$2"\n')
    path.chmod(0o755)
    return str(path)


def damaged(chance: Chance, text: str) -> str:
    """Return `text` with one to four damages."""
    for _ in range(chance.number(1, 4)):
        at = chance.number(0, len(text))
        kind = chance.number(0, 3)
        if kind == 0:
            text = text[:at] + chance.pick(_TOKENS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + chance.number(1, 9) :]
        elif kind == 2:
            other = chance.number(0, len(text))
            text = text[:at] + text[other : other + chance.number(1, 40)] + text[at:]
        else:
            lines = text.split("\n")
            one, other = (chance.number(0, len(lines) - 1) for _ in range(2))
            lines[one], lines[other] = lines[other], lines[one]
            text = "\n".join(lines)
    return text


def mutated_case(chance: Chance, name: str) -> Case:
    """Return a damaged makefile that includes others of the tree."""
    while True:
        chosen, text = chance.pick(sources())
        text = damaged(chance, text)
        if not _UNSAFE.search(text):
            break
    files = {}
    for one, content in sources():
        if one.startswith("base/mk/") and one != chosen and not chance.one_in(3):
            files[one] = content
    for one in ("main.cc", "base/include/x.h", "etc/build.conf"):
        files[one] = ""
    variables = chance.sample(sorted(set(_NAMED.findall(text)) - {"SHELL"}), 0, 6)
    lines = ["BASE_DIR := base", "REP_DIR := base", "all: first", "first: ; @echo first"]
    lines += [
        f"{one} := {chance.pick(('main.cc', 'x', 'x y', '', 'base/mk'))}" for one in variables
    ]
    files["head.mk"] = "\n".join([*lines, ""])
    files["Makefile"] = f"include head.mk\n{text}\n$(info done)\n"
    case = Case(name, files)
    shell = f"SHELL={printing_shell()}"
    targets = sorted(set(re.findall(r"^([a-z_.]+):", text, re.MULTILINE)))
    for _ in range(chance.number(1, 2)):
        options = shlex.split(chance.pick(("", "-k", "-n", "-B", "-s", "-rk", "-kj3", "-nB")))
        case.runs.append([*options, shell, *chance.sample(targets, 0, 1)])
    return case
