"""Merges several linker scripts, and leaves out of one what today's linker refuses.

GNU ld makes an output section of its own for each mention in a script, and the second `.data` gets
what the first left over. The pinned linker is patched to add to the first. This program merges such
scripts before the linker is called, including one that is named among the objects, which GNU ld
treats as one without its -T:

    python linker_scripts.py DIRECTORY OPTION...

Trees up to 20.11 ask for a segment with the program headers without one that loads them, which
GNU ld refuses since 2.32; nothing reads that segment, and later trees do without it.

It is copied next to an adopted linker, so it uses the standard library alone. Source: "Command
Language" in the manual of GNU ld.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TOKEN = re.compile(r'/\*.*?\*/|"[^"]*"|[{};]|[^\s{};"]+|\s+', re.DOTALL)
_SCRIPT_OPTIONS = ("-T", "--script", "-script")
_SCRIPT_OPTION = re.compile(r"--?script(=|$)|-T(?!text|data|bss|rodata-seg|ldata-seg)")
_WITH_VALUE = re.compile(
    r"-[ALRYbcefFGhIlLmouyz]|-dT|--?(Map|soname|defsym|entry|output|version-script|dynamic-list|"
    r"dynamic-linker|just-symbols|retain-symbols-file|undefined|wrap|rpath|rpath-link|image-base|"
    r"default-script)"
)
"""Options whose value is the next word. The default script counts only where no other is given."""

_NO_SCRIPT = re.compile(r"-T(text|data|bss|rodata-segment|text-segment|ldata-segment)\b")

_HEADER_SEGMENT = re.compile(r"^\s*[\w.]+\s+PT_PHDR\b[^;]*;", re.MULTILINE)
_LOADED_HEADERS = re.compile(r"\bPT_LOAD\b[^;]*\bPHDRS\b")


@dataclass(slots=True)
class _Section:
    """One output section: the text before its `{`, its content, the text after its `}`."""

    head: str
    body: str
    tail: str


@dataclass(slots=True)
class _Script:
    """A script as a list of texts and, within SECTIONS, output sections."""

    parts: list[str | _Section] = field(default_factory=list)

    def sections(self) -> dict[str, _Section]:
        """The first section of each name."""
        found: dict[str, _Section] = {}
        for part in self.parts:
            if isinstance(part, _Section):
                found.setdefault(part.head.split()[0], part)
        return found

    def text(self) -> str:
        """The script's text."""
        return "".join(
            part if isinstance(part, str) else f"{part.head}{{{part.body}}}{part.tail}"
            for part in self.parts
        )


def parse(text: str) -> _Script:
    """Split a script; raises `ValueError` when its braces do not match."""
    tokens = [token for token in _TOKEN.findall(text) if not token.startswith("/*")]
    script = _Script()
    plain: list[str] = []
    index = 0
    while index < len(tokens):
        plain.append(tokens[index])
        index += 1
        if plain[-1] != "SECTIONS":
            continue
        while tokens[index] != "{":
            plain.append(tokens[index])
            index += 1
        plain.append("{")
        index = _sections(tokens, index + 1, script, plain)
    script.parts.append("".join(plain))
    return script


def _sections(tokens: Sequence[str], index: int, script: _Script, plain: list[str]) -> int:
    """Split what is between the braces of SECTIONS; return the index of the closing one."""
    statement: list[str] = []
    while tokens[index] != "}":
        token = tokens[index]
        index += 1
        if token == ";":
            plain.extend([*statement, ";"])
            statement = []
        elif token == "{":
            end = _matching(tokens, index)
            tail = end + 1
            # what may follow: >region AT>region :segment =fill, and a comma or semicolon
            while re.match(r"[>:=,]|AT>|\s+$", tokens[tail]):
                # a word of its own may follow the sign: `: text`, `= 0x0`
                bare = tokens[tail] in (">", ":", "=", "AT>")
                tail += 1
                if bare:
                    while tokens[tail].isspace():
                        tail += 1
                    tail += 1
            script.parts.append("".join(plain))
            plain.clear()
            script.parts.append(
                _Section(
                    "".join(statement), "".join(tokens[index:end]), "".join(tokens[end + 1 : tail])
                )
            )
            statement = []
            index = tail
        else:
            statement.append(token)
    plain.extend(statement)
    return index


def _matching(tokens: Sequence[str], index: int) -> int:
    depth = 1
    while index < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[index], 0)
        if depth == 0:
            return index
        index += 1
    raise ValueError("a brace of the linker script is not closed")


def merge(texts: Sequence[str]) -> str | None:
    """Return one script for all of `texts`, or None when no section is in two of them."""
    scripts = [parse(text) for text in texts]
    first = scripts[0]
    merged = False
    for script in scripts[1:]:
        known = first.sections()
        rest: list[str | _Section] = []
        for part in script.parts:
            same = known.get(part.head.split()[0]) if isinstance(part, _Section) else None
            # /DISCARD/ is not an output section; each mention works by itself.
            if same and isinstance(part, _Section) and same.head.split()[0] != "/DISCARD/":
                same.body += part.body
                merged = True
            else:
                rest.append(part)
        first.parts += ["\n", *rest]
    return first.text() if merged else None


def without_uncovered_headers(text: str) -> str:
    """Return a script without a segment of the program headers that no loaded segment covers."""
    if _LOADED_HEADERS.search(text):
        return text
    return _HEADER_SEGMENT.sub("", text)


def split_options(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the scripts among the linker's options and inputs, and all other words."""
    scripts: list[str] = []
    others: list[str] = []
    rest = iter(words)
    before = ""
    for word in rest:
        named, before = _WITH_VALUE.fullmatch(before), word
        if named:
            others.append(word)
        elif word in _SCRIPT_OPTIONS:
            scripts.append(next(rest, ""))
        elif word.startswith("--script="):
            scripts.append(word.partition("=")[2])
        elif word.startswith("-T") and not _NO_SCRIPT.match(word):
            scripts.append(word[2:])
        elif word.endswith(".ld") and not word.startswith("-") and _has_sections(word):
            scripts.append(word)
        else:
            others.append(word)
    return scripts, others


def _has_sections(name: str) -> bool:
    try:
        return "SECTIONS" in Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def main(words: Sequence[str]) -> int:
    """Write the linker's options `words[1:]` for a call with merged scripts into `words[0]`.

    In that directory, `options` (a response file) and `merged.ld` appear. Returns 1, without having
    written anything, when nothing has to be changed, or the scripts cannot be read, or all stand
    among the objects, where they add to the default script: then the linker is called with them as
    they are.
    """
    directory = Path(words[0])
    scripts, others = split_options(words[1:])
    if not any(_SCRIPT_OPTION.match(word) for word in words[1:]):
        return 1
    try:
        texts = [Path(name).read_text("utf-8") for name in scripts]
        changed = [without_uncovered_headers(text) for text in texts]
        merged = merge(changed)
    except (OSError, ValueError, IndexError, UnicodeDecodeError):
        return 1
    if merged is None and changed == texts:
        return 1
    options: list[str] = []
    for number, text in enumerate(changed if merged is None else [merged]):
        script = directory / (f"{number}.ld" if number else "merged.ld")
        script.write_text(text)
        options += ["-T", str(script)]
    lines = [_quoted(word) for word in (*options, *others)]
    (directory / "options").write_text("\n".join(lines) + "\n")
    return 0


def _quoted(word: str) -> str:
    """Return `word` as it is written in a response file (GCC manual, "@file")."""
    return "".join(f"\\{char}" if char in "\\'\" \t\n" else char for char in word) or '""'


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
