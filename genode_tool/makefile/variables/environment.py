"""Environment variables: from the environment, and to that of child processes.

GNU make manual, "Variables from the Environment", "Communicating Variables to a Sub-make",
"The `shell` Function".
"""

from __future__ import annotations

from genode_tool.errors import GenodeError
from genode_tool.makefile.problems import MakefileError, Source
from genode_tool.makefile.shell_words import shell_call, simple_command
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.makefile.variables.variable import Export, Origin, Variable
from genode_tool.regex import regex

_EXPORTABLE = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_FROM_ENVIRONMENT = (Origin.ENVIRONMENT, Origin.ENVIRONMENT_OVERRIDE)
_OUTSIDE = (Origin.COMMAND_LINE, *_FROM_ENVIRONMENT)
# These have values of their own here, whatever the environment says.
_OWN = frozenset(("SHELL", "MAKEFLAGS", "MAKELEVEL", "MAKE_RESTARTS", "MFLAGS", "CURDIR"))


def import_environment(ev: Evaluator) -> None:
    """Define a variable for each one of the environment, except those that make sets itself."""
    place = ev.globals
    for name, value in ev.environ.items():
        if name in _OWN:
            continue
        place[name] = Variable(name, value, Origin.ENVIRONMENT, True, Export.YES)


def exported(ev: Evaluator, export_all: bool, *, at_definitions: bool = False) -> dict[str, str]:
    """Return the environment of a child: what is exported, expanded in the present scopes.

    `export_all` exports variables that no directive names, too. With `at_definitions`, the place
    of messages is that of the variable; the caller restores the present one.
    """
    result: dict[str, str] = {}
    for_target = ev.for_target
    seen: dict[str, Variable] = dict(ev.globals)
    for scope in ev.scopes:
        if isinstance(scope, dict):
            for name, variable in scope.items():
                outer = seen.get(name)
                if outer is not None and variable.export is Export.DEFAULT:
                    variable.export = outer.export
                seen[name] = variable
    default, written = Export.DEFAULT, Origin.FILE
    for name, variable in seen.items():
        export = variable.export
        if export is default and variable.origin is written and not export_all:
            continue  # most variables
        if variable.private and for_target and ev.globals.get(name) is variable:
            continue
        if export is Export.NO or "=" in name:  # no environment can have such a name
            continue
        if export is Export.DEFAULT:
            if variable.origin in (Origin.DEFAULT, Origin.AUTOMATIC):
                continue
            if not export_all and variable.origin not in _OUTSIDE:
                continue
            if not _EXPORTABLE.fullmatch(name):
                continue
            if name == "SHELL":
                continue
        if not variable.recursive or (variable.origin in _FROM_ENVIRONMENT and name != "MAKEFLAGS"):
            result[name] = variable.value
        elif variable.expanding:
            # `$(shell)` inside the value of an exported variable: GNU make 4.4 then passes
            # what the environment had.
            if name in ev.environ:
                result[name] = ev.environ[name]
        else:
            place = variable.location if at_definitions else None
            if place is not None:
                ev.source, ev.line = Source(place.file), place.line
            result[name] = ev.expand_variable(variable)
    if "SHELL" not in result and "SHELL" in ev.environ:
        unexported = ev.globals.get("SHELL")
        if unexported is None or unexported.export is not Export.NO:
            result["SHELL"] = ev.environ["SHELL"]
    result["MAKELEVEL"] = str(ev.level + 1)
    return result


_NEWLINE = regex(r"(?<!\\)\n")


def _one_line(command: str, shell: str) -> str:
    """Return a command as GNU make hands it to a shell: newlines vanish.

    What needs no shell has words in which a newline is a character like others.
    """
    if "\n" not in command or (shell == "/bin/sh" and simple_command(command) is not None):
        return command
    return _NEWLINE.sub("", command)


def shell_flags(ev: Evaluator) -> str:
    """Return the value of `.SHELLFLAGS`, which GNU make expands even if it is simple."""
    found = ev.find(".SHELLFLAGS")
    return ev.expand(found.value).strip() if found is not None else ""


def run_shell(ev: Evaluator, command: str, *, trim: bool = True) -> str:
    """Run a shell command; set `.SHELLSTATUS`; return the output as one line.

    With `trim` all newlines at its end are dropped, otherwise one.
    """
    if not command.strip():
        return ""
    shell = ev.value("SHELL").strip()
    # Without a shell the flags are what is started, an error as with GNU make.
    flags = shell_flags(ev) or ("" if shell else "-c")
    environ = ev.exported_environment(for_shell=True)
    program, arguments, command = shell_call(shell, flags, _one_line(command, shell))
    try:
        result = ev.inputs.shell(command, shell=program, flags=arguments, cwd=ev.cwd, env=environ)
        output, status = result.stdout, result.status
    except MakefileError:
        raise
    except GenodeError:
        output, status = b"", 127
    ev.globals[".SHELLSTATUS"] = Variable(".SHELLSTATUS", str(status), Origin.OVERRIDE)
    text = output.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    text = text.rstrip("\n") if trim else text.removesuffix("\n")
    return text.replace("\n", " ")
