"""Functions on file names: GNU make manual, "Functions for File Names", "The `file` Function"."""

from __future__ import annotations

from genode_tool.makefile import archives, words
from genode_tool.makefile import glob as globbing
from genode_tool.makefile.inputs import Kind
from genode_tool.makefile.variables.protocols import Evaluator


def directory(_ev: Evaluator, arguments: list[str]) -> str:
    """$(dir names…)."""
    return " ".join([words.directory(name) for name in words.split(arguments[0])])


def notdir(_ev: Evaluator, arguments: list[str]) -> str:
    """$(notdir names…)."""
    return " ".join([words.notdir(name) for name in words.split(arguments[0])])


def suffix(_ev: Evaluator, arguments: list[str]) -> str:
    """$(suffix names…): names without a suffix vanish."""
    result = []
    for name in words.split(arguments[0]):
        at = words.suffix_at(name)
        if at >= 0:
            result.append(name[at:])
    return " ".join(result)


def basename(_ev: Evaluator, arguments: list[str]) -> str:
    """$(basename names…)."""
    result = []
    for name in words.split(arguments[0]):
        at = words.suffix_at(name)
        result.append(name[:at] if at >= 0 else name)
    return " ".join(result)


def addsuffix(_ev: Evaluator, arguments: list[str]) -> str:
    """$(addsuffix suffix,names…)."""
    return " ".join([name + arguments[0] for name in words.split(arguments[1])])


def addprefix(_ev: Evaluator, arguments: list[str]) -> str:
    """$(addprefix prefix,names…)."""
    return " ".join([arguments[0] + name for name in words.split(arguments[1])])


def join(_ev: Evaluator, arguments: list[str]) -> str:
    """$(join list1,list2)."""
    first, second = words.split(arguments[0]), words.split(arguments[1])
    shared = min(len(first), len(second))
    both = [a + b for a, b in zip(first, second, strict=False)]
    return " ".join(both + first[shared:] + second[shared:])


def wildcard(ev: Evaluator, arguments: list[str]) -> str:
    """$(wildcard pattern…)."""
    found: list[str] = []
    patterns = words.split(arguments[0])
    for pattern in archives.separate_groups(patterns) if "(" in arguments[0] else patterns:
        if archives.divide(pattern) is not None:
            found += archives.wildcard(ev.inputs, ev.cwd, pattern, ev.home)
        else:
            found += globbing.glob(ev.inputs, ev.cwd, pattern, ev.home)
    return " ".join(found)


def realpath(ev: Evaluator, arguments: list[str]) -> str:
    """$(realpath names…): what does not exist vanishes."""
    found = [ev.inputs.realpath(ev.path(name)) for name in words.split(arguments[0])]
    return " ".join([path for path in found if path is not None])


def abspath(ev: Evaluator, arguments: list[str]) -> str:
    """$(abspath names…)."""
    return " ".join([words.normalise(ev.path(name)) for name in words.split(arguments[0])])


def file(ev: Evaluator, arguments: list[str]) -> str:
    """$(file op filename[,text])."""
    request = arguments[0].lstrip(words.SPACE)
    operator = ">>" if request.startswith(">>") else request[:1]
    name = request[len(operator) :].strip(words.SPACE)
    if operator not in (">", ">>", "<"):
        ev.fail(f"file: invalid file operation: {request}")
    if not name:
        ev.fail("file: missing filename")
    if operator == "<":
        if len(arguments) > 1:
            ev.fail("file: too many arguments")
        found = ev.inputs.read(ev.path(name))
        if found is None:
            status = ev.inputs.stat(ev.path(name))
            if status is not None and status.kind is Kind.DIRECTORY:
                ev.fail(f"read: {name}: Is a directory")
            return ""
        content = found.decode("utf-8", "surrogateescape")
        return content.removesuffix("\n")
    text = ""
    if len(arguments) > 1:
        text = arguments[1]
        if not text.endswith("\n"):
            text += "\n"
    try:
        with open(ev.path(name), "wb" if operator == ">" else "ab") as stream:  # noqa: PTH123
            stream.write(text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        ev.fail(f"open: {name}: {error.strerror}")
    return ""
