"""Members of archives as files: `lib.a(member.o)`.

GNU make manual, "Using `make` to Update Archive Files". The formats are those of ar(5): System V
and GNU (names that end in `/`, long ones in a table named `//`), BSD (long names as `#1/SIZE`
before the content), and thin archives, which hold headers only.
"""

from __future__ import annotations

from collections.abc import Iterator

from genode_tool.makefile import glob as globbing
from genode_tool.makefile.inputs import Inputs
from genode_tool.makefile.problems import MakefileError
from genode_tool.record import NamedTuple

_MAGIC, _THIN_MAGIC = b"!<arch>\n", b"!<thin>\n"
_HEADER_SIZE = 60
_DATE = slice(16, 28)
_SIZE = slice(48, 58)
_SYMBOL_TABLES = frozenset(("", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED"))


class Member(NamedTuple):
    """A member of an archive: its name, its time in seconds, and where its header stands."""

    name: str
    date: int
    position: int


def divide(name: str) -> tuple[str, str] | None:
    """Return archive and member for a name such as `lib.a(member.o)`, None for any other.

    Raises `MakefileError` for `lib.a((entry))`, which names a symbol in a member.
    """
    if not name.endswith(")"):
        return None
    at = name.find("(")
    if at <= 0 or at + 2 == len(name):
        return None
    if name[at + 1] == "(" and name.endswith("))"):
        raise MakefileError(
            f"attempt to use unsupported feature: '{name}'", hint="name the member itself"
        )
    return name[:at], name[at + 1 : -1]


def separate_groups(words: list[str]) -> list[str]:
    """Take lists of members apart: `lib.a(x y)` becomes `lib.a(x)`, `lib.a(y)`."""
    result = []
    archive = ""
    for position, word in enumerate(words):
        if archive:
            if word == ".WAIT":
                result.append(word)
                continue
            closed = word.endswith(")")
            member = word.removesuffix(")")
            if member:
                result.append(f"{archive}({member})")
            if closed:
                archive = ""
            continue
        at = word.find("(")
        # A list counts as one only if it has an end.
        if (
            at > 0
            and not word.endswith(")")
            and any(one.endswith(")") for one in words[position + 1 :])
        ):
            archive = word[:at]
            if word[at + 1 :]:
                result.append(f"{word})")
            continue
        result.append(word)
    return result


def members(content: bytes) -> Iterator[Member]:
    """Yield the members of an archive, as far as it is one."""
    thin = content.startswith(_THIN_MAGIC)
    if not thin and not content.startswith(_MAGIC):
        return
    position = len(_MAGIC)
    long_names = b""
    while position + _HEADER_SIZE <= len(content):
        header = content[position : position + _HEADER_SIZE]
        if header[58:60] != b"`\n":
            return
        size, date = _number(header[_SIZE]), _number(header[_DATE])
        if size is None:
            return
        start = position + _HEADER_SIZE
        raw = header[:16].rstrip(b" ")
        table = raw in (b"//", b"ARFILENAMES/")
        if table:
            long_names = content[start : start + size]
            name = ""
        elif raw.startswith(b"#1/"):
            length = _number(raw[3:]) or 0
            name = _text(content[start : start + length].rstrip(b"\0"))
        elif raw[:1] == b"/" and raw[1:].isdigit():
            offset = int(raw[1:])
            name = _text(long_names[offset:].partition(b"\n")[0]).removesuffix("/")
        else:
            name = _text(raw)
            name = "" if name == "/" else name if name == "/SYM64/" else name.removesuffix("/")
        if name not in _SYMBOL_TABLES:
            yield Member(name, date or 0, position)
        held = not thin or table or name in _SYMBOL_TABLES
        position = start + (size if held else 0)
        position += position % 2


def matching(inputs: Inputs, cwd: str, pattern: str, home: str) -> list[str]:
    """Return the members that match `pattern`, whose archive and member may hold wildcards."""
    parts = divide(pattern)
    if parts is None:
        return []
    archive, member = parts
    found = []
    for one in globbing.glob(inputs, cwd, archive, home):
        content = inputs.read(one if one.startswith("/") else f"{cwd}/{one}") or b""
        if globbing.has_magic(member):
            names = [each.name for each in members(content)]
            found += sorted(f"{one}({name})" for name in globbing.matches(names, member))
        elif globbing.has_magic(archive):
            found.append(f"{one}({member})")
    return found


def wildcard(inputs: Inputs, cwd: str, pattern: str, home: str) -> list[str]:
    """Return what `$(wildcard)` finds for a pattern of members.

    As with GNU make, that is the archive, as the pattern names it, once for each member found, and
    the name with the member where none is found in an archive that exists.
    """
    archive, member = pattern[:-1].split("(", 1)
    result = []
    for one in globbing.glob(inputs, cwd, archive, home):
        found = matching(inputs, cwd, f"{one}({member})", home)
        result += [archive] * len(found) if found else [f"{one}({member})"]
    return result


def find(content: bytes, name: str) -> Member | None:
    """Return the member `name` of an archive, whose directory does not count."""
    base = name[name.rfind("/") + 1 :]
    for one in members(content):
        if one.name == base or one.name[one.name.rfind("/") + 1 :] == base:
            return one
    return None


def date_field(member: Member, seconds: int) -> tuple[int, bytes]:
    """Return where, and what, to write to give `member` the time `seconds`."""
    return member.position + _DATE.start, b"%-12d" % seconds


def is_archive(content: bytes) -> bool:
    """Tell whether a file is an archive."""
    return content.startswith((_MAGIC, _THIN_MAGIC))


def _number(raw: bytes) -> int | None:
    text = raw.strip()
    return int(text) if text.isdigit() else None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
