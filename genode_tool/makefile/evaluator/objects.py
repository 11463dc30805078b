"""The `load` directive: which shared objects a makefile wants.

GNU make manual, "The `load` Directive". None is ever loaded: an object is code for the process of
GNU make. One that is missing is reported as there; one that exists is an error.
"""

from __future__ import annotations

from genode_tool.errors import Severity
from genode_tool.makefile.evaluator.includes import Includes
from genode_tool.makefile.inputs import Kind
from genode_tool.makefile.reading.syntax import Load
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.rules.protocols import RuleEvaluator

_MAGIC = b"\x7fELF"
_HEADER = 64


def load_objects(ev: RuleEvaluator, node: Load, includes: Includes) -> None:
    """Report the objects that a directive names; optional ones are left for a rule to make.

    Raises `MakefileError` for one that exists, and for a missing one that is not optional.
    """
    for name in file_names(ev, node.names.expand(ev)):
        path, bracket, symbol = name.partition("(") if name.endswith(")") else (name, "", "")
        if bracket and symbol == ")":
            ev.fail(f"Empty symbol name for load: {name}")
        wrong = _why_not(ev, path)
        if not wrong:
            ev.fail(
                f"{path}: shared objects of GNU make cannot be loaded",
                hint="use functions of the language, or $(shell)",
            )
        if not node.optional:
            ev.report(Severity.WARNING, f"{path}: {wrong}")
            ev.fail(f"{name}: failed to load")
        if includes.deferred and path not in includes.named:
            location = ev.source.location(node.line) if ev.source.file else None
            includes.note_missing(path, False, location, reported=True)


def _why_not(ev: RuleEvaluator, path: str) -> str:
    """Return what the dynamic linker has against an object, "" when it is one."""
    missing = "cannot open shared object file: No such file or directory"
    found = ev.inputs.stat(ev.path(path))
    content = ev.inputs.read(ev.path(path)) if found is not None else None
    if content is not None and content.startswith(_MAGIC):
        return ""
    if found is None or "/" not in path:
        # A name without a slash is searched for in the directories of libraries then.
        return missing
    if found.kind is Kind.DIRECTORY:
        return "cannot read file data: Is a directory"
    if content is None:
        return "cannot open shared object file: Permission denied"
    return "file too short" if len(content) < _HEADER else "invalid ELF header"
