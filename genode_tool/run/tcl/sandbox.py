"""The commands of a run script that is planned: what they would change is left out or noted.

The script runs in a scratch directory. Programs are not started but noted, except a few that
only look, or that handle files of the scratch directory; files outside of it can be read but not
written. This lets ordinary scripts come to their end. That no script changes anything outside is
up to the kernel (`genode_tool.sandbox`): Tcl has too many ways to a command.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from genode_tool.building.memory.looks import current
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.verdict import Outcome, ScenarioStop

_LOOKING = frozenset(
    shlex.split(
        "basename cat cut date dirname echo expr find grep head hid id ls md5sum pwd readlink"
        " realpath sed seq sha1sum sha256sum sort stat tail tr true uname uniq wc which xxd"
    )
)
_FILING = frozenset(shlex.split("chmod cp ln mkdir mv rm rmdir touch"))
_READS_ITS_FIRST = ("cp", "ln")
_WRITE_THEIR_SECOND = ("uniq", "xxd")
_CHANGING_OPTIONS = {
    "find": ("-delete", "-exec", "-ok", "-fls", "-fprint"),
    "sort": ("-o", "--o", "--compress-program"),
    "date": ("-s", "--s"),
}
"""What makes programs write or execute something, as the beginning of an option."""

# More than any script needs; ends loops that wait for what a plan never brings.
_COMMANDS = 10_000

_CONFINED = r"""
rename exec ::genode::plain_exec
rename open ::genode::plain_open
rename file ::genode::plain_file
rename cd   ::genode::plain_cd

proc ::genode::inside {path} {
    set full [::genode::plain_file normalize $path]
    expr {[string first $::genode::scratch/ $full/] == 0}
}

proc exec {args} {
    set words [::genode::looks_only $args]
    if {$words eq {} || [catch {::genode::plain_exec {*}$words} result]} { return {} }
    return $result
}

proc open {name {mode r} args} {
    if {[string index $name 0] eq "|"} {
        ::genode::looks_only [string range $name 1 end]
        return [::genode::plain_open /dev/null r]
    }
    set reads [expr {$mode in {r rb RDONLY}}]
    if {$reads && [::genode::plain_file exists $name]} {
        return [::genode::plain_open $name r]
    }
    if {$reads} { return [::genode::plain_open /dev/null r] }
    if {![::genode::inside $name]} { return [::genode::plain_open /dev/null w] }
    ::genode::plain_file mkdir [::genode::plain_file dirname $name]
    return [::genode::plain_open $name $mode {*}$args]
}

proc file {operation args} {
    if {$operation in {copy delete mkdir rename link}} {
        foreach word $args {
            if {![string match -* $word] && ![::genode::inside $word]
                && !($operation eq "copy" && $word ne [lindex $args end])} { return {} }
        }
        catch {::genode::plain_file $operation {*}$args}
        return {}
    }
    if {$operation eq "tempfile"} {
        set name $::genode::scratch/tempfile[incr ::genode::tempfiles]
        if {[llength $args]} { uplevel 1 [list set [lindex $args 0] $name] }
        return [::genode::plain_open $name w+]
    }
    set sets [expr {$operation eq "attributes" ? 3 : 2}]
    if {$operation in {attributes mtime atime} && [llength $args] >= $sets} { return {} }
    if {$operation eq "size" && ![::genode::plain_file exists [lindex $args 0]]} { return 0 }
    if {$operation eq "mtime" && ![::genode::plain_file exists [lindex $args 0]]} { return 0 }
    uplevel 1 [list ::genode::plain_file $operation {*}$args]
}

rename glob ::genode::plain_glob
proc glob {args} {
    if {{-nocomplain} ni $args} { set args [linsert $args 0 -nocomplain] }
    uplevel 1 [list ::genode::plain_glob {*}$args]
}

rename interp ::genode::plain_interp
proc interp {operation args} {
    if {$operation ni {alias aliases cancel exists issafe limit recursionlimit}} {
        error "a script that is planned cannot use `interp $operation`"
    }
    uplevel 1 [list ::genode::plain_interp $operation {*}$args]
}

proc cd {{path {}}} { catch {::genode::plain_cd $path} ; return {} }
"""

# Commands whose looks are noted, or cannot be.
_NOTED = """
foreach command {file open source glob clock socket load exec pid} {
    trace add execution $command enter ::genode::looks_at
}
"""


def confine(interpreter: Interpreter, plan: ScenarioPlan, scratch: Path) -> None:
    """Replace the commands of `interpreter` that could change something outside of `scratch`.

    Programs that are not started go into the plan.
    """

    def looks_only(words: str) -> tuple[str, ...]:
        """Return the words of the command to run, none when it is left out."""
        command = interpreter.split(words)
        plain = [word for word in command if word not in ("-ignorestderr", "--", "-keepnewline")]
        name = Path(plain[0]).name if plain else ""
        writes = any(word.startswith((">", "|")) or word == "&" for word in plain)
        if name in _LOOKING and not writes and not _changes(name, plain, scratch):
            return _harmless(name, command)
        if len(plan.commands) >= _COMMANDS:
            plan.ended_early = "starts programs in a loop without end"
            raise ScenarioStop(Outcome.PASSED, plan.ended_early)
        plan.commands.append(tuple(plain))
        files = name in _FILING and not writes and _stays_inside(name, plain, scratch)
        return command if files else ()

    interpreter.register("::genode::looks_only", looks_only)
    looks = current()
    if looks is not None:
        interpreter.register("::genode::looks_at", lambda command, _: _note(interpreter, command))
    interpreter.set_global("genode::scratch", str(scratch.resolve()))
    interpreter.run(_CONFINED)
    if looks is not None:
        interpreter.run(_NOTED)


def _note(interpreter: Interpreter, command: str) -> None:
    """Note what a command of Tcl looks at, which audit events do not tell."""
    looks = current()
    assert looks is not None
    name, *words = interpreter.split(command)
    if name.removeprefix("::") not in ("file", "open", "source"):
        looks.give_up(f"a script that uses `{name}`")
        return
    for word in words:
        if "/" in word or name != "file":
            path = str(Path.cwd() / word)
            looks.look(path)
            looks.link(path)


def _changes(name: str, words: list[str], scratch: Path) -> bool:
    """Return whether a program that usually only reads would change something outside `scratch`."""
    if name in _CHANGING_OPTIONS:
        return any(word.startswith(_CHANGING_OPTIONS[name]) for word in words[1:])
    if name in _WRITE_THEIR_SECOND:
        operands = [word for word in words[1:] if not word.startswith("-")]
        return len(operands) > 1 and not _inside(operands[-1], scratch)
    in_place = name in ("sed", "hid") and any(word.startswith("-i") for word in words)
    return in_place and not _inside(words[-1], scratch)


def _harmless(name: str, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command with the option that keeps scripts of sed(1) from writing files."""
    if name != "sed":
        return command
    place = next(number for number, word in enumerate(command) if Path(word).name == name)
    return (*command[: place + 1], "--sandbox", *command[place + 1 :])


def _stays_inside(name: str, words: list[str], scratch: Path) -> bool:
    """Return whether a program that handles files would change only what is in `scratch`."""
    files = [word for word in words[1:] if not word.startswith("-")]
    changed = files[-1:] if name in _READS_ITS_FIRST else files
    return bool(changed) and all(_inside(word, scratch) for word in changed)


def _inside(path: str, scratch: Path) -> bool:
    """Return whether `path`, as the script's working directory has it, is in `scratch`."""
    return Path(path).resolve().is_relative_to(scratch.resolve())
