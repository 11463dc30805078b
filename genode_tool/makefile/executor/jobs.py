"""Running recipes: one process per line, with make's echo, errors and clean-up.

GNU make manual, "Recipe Execution", "Errors in Recipes", "Interrupting or Killing `make`".
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from genode_tool.errors import Location
from genode_tool.makefile import archives
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.output import Held, Output
from genode_tool.makefile.executor.run import FAILED, OK, WANTED, Run
from genode_tool.makefile.executor.scheduler import SLOT
from genode_tool.makefile.executor.times import NONE
from genode_tool.makefile.reading.syntax import RecipeLine
from genode_tool.makefile.rules.automatic_variables import AutomaticVariables
from genode_tool.makefile.rules.commands import Command, commands, ignores_colon, raw_flags
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.shell_words import shell_call, simple_command
from genode_tool.makefile.variables.environment import shell_flags

if TYPE_CHECKING:
    import subprocess

_NOT_FOUND = 127
_PREFIX = "@+- \t\n"
# With these values of SHELL and .SHELLFLAGS, a simple command starts without a shell.
_PLAIN_SHELLS = (("/bin/sh", "-c"), ("/bin/sh", "-ec"))
# Seconds between the signal to a command and killing it.
_TIMEOUT = 5.0


class Jobs:
    """Starts the commands of recipes and reports how they ended."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._server = run.server
        self.started = 0
        self._started_files: set[int] = set()
        self._failed_at: dict[int, Location] = {}
        ev = run.ev
        self._ignored = ev.rules.special(".IGNORE")
        self._silent = ev.rules.special(".SILENT")
        self._delete = ev.rules.special(".DELETE_ON_ERROR") is not None
        self._active: dict[int, tuple[subprocess.Popen[bytes], File, int]] = {}
        sync = run.options.output_sync
        self._sync = None if run.serial or sync == "none" else sync
        self._held: dict[int, Held] = {}

    def started_for(self, file: File) -> frozenset[int]:
        """Return the files for which a command ran, of `file` and what it is made from."""
        open_ = [file]
        seen: set[int] = set()
        while open_:
            one = open_.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            open_ += [one.file for one in one.dependencies]
            open_ += one.branches
        return frozenset(seen & self._started_files)

    def started_except(self, others: Iterable[frozenset[int]]) -> bool:
        """Tell whether a command ran for a file that is in none of `others`."""
        return not self._started_files <= frozenset().union(*others)

    def place(self, file: File) -> Location:
        """Return the place of the command that failed, or that of the first one."""
        first = file.recipe.location if file.recipe is not None else Location("<builtin>")
        return self._failed_at.get(id(file), first)

    def note_started(self, file: File) -> None:
        """Count a command, or what stands for one, that ran for `file`."""
        self.started += 1
        self._started_files.add(id(file))

    def recursive(self, file: File) -> bool:
        """Tell whether the recipe has lines that run under `-t` and `-n` too."""
        return any(flags[2] for flags in raw_flags(file.recipe))

    def only_recursive(self, file: File) -> bool:
        """Tell whether the recipe has only such lines, so that it really ran."""
        found = raw_flags(file.recipe)
        return bool(found) and all(flags[2] for flags in found)

    def left_out(self, file: File) -> int:
        """Return 0 for a recipe that ran as a whole under `-t`, 2 when its last line did not."""
        if self.only_recursive(file):
            return 0
        return 1 if raw_flags(file.recipe)[-1][2] else 2

    # --- one recipe ---------------------------------------------------------------------------

    def execute(self, file: File, before: int) -> Generator[Any, Any, int]:
        """Run the recipe of `file`, whose time was `before`; return OK, WANTED or FAILED."""
        run = self._run
        yield SLOT
        try:
            if run.stopping:
                return FAILED
            return (yield from self._lines(file, before))
        finally:
            run.contents.forget()
            self._release(file)
            run.scheduler.free()

    def _output(self, file: File) -> Output:
        """Return where the recipe of `file` writes to now."""
        return self._held.get(id(file), self._run.output)

    def _hold(self, file: File, command: Command, first: bool) -> None:
        """Hold the output of the next command back, if `-O` says so.

        The `first` one belongs to what the expansion of the recipe printed.
        """
        if (self._sync == "line" and not first) or self._passes(command):
            self._release(file)
        if self._sync is not None and not self._passes(command):
            self._start_holding(file)

    def _passes(self, command: Command) -> bool:
        """Tell whether output comes as it is made: a sub-make's, if not wanted as a whole."""
        return self._sync is not None and command.always and self._sync != "recurse"

    def _start_holding(self, file: File) -> None:
        if id(file) not in self._held:
            around = self._run.announce_group if self._sync != "recurse" else None
            self._held[id(file)] = Held(self._run.output, around)

    @contextlib.contextmanager
    def _diverted(self, file: File) -> Iterator[None]:
        """Let what the expansion of a recipe prints belong to its output."""
        if self._sync is None:
            yield
            return
        self._start_holding(file)
        with self._run.output.diverted(self._output(file)):
            yield

    def _release(self, file: File) -> None:
        held = self._held.pop(id(file), None)
        if held is not None:
            held.release()

    def _lines(self, file: File, before: int) -> Generator[Any, Any, int]:
        run, options = self._run, self._run.options
        graph, ev = run.graph, run.ev
        automatic = AutomaticVariables(file, graph.rules, everything_newer=False)
        with self._diverted(file):
            todo = commands(graph, file, automatic, counted=True)
        if options.explain and (todo or any(line.text.strip(_PREFIX) for line in _lines_of(file))):
            self._trace(file)
        if not todo:
            return OK
        environ: dict[str, str] | None = None
        shell: tuple[str, str] | None = None
        for command in todo:
            if options.question and not command.always:
                return WANTED
            if options.touch and not command.always:
                continue
            self._hold(file, command, command is todo[0])
            quiet = command.silent or self._quiet(file)
            shown = options.echo or options.dry_run
            if shown or not (quiet or run.silent):
                self._output(file).out(command.text)
            self.note_started(file)
            if options.dry_run and not command.always:
                continue
            if shell is None:
                with ev.within([*graph.scopes(file), automatic]):
                    shell = (ev.value("SHELL").strip(), shell_flags(ev))
            if command.text.strip() == ":" and ignores_colon(*shell):
                continue
            child: subprocess.Popen[bytes] | int | None
            child = self.carry_out(file, command, shell)
            if child is None:
                if environ is None:
                    with ev.within([*graph.scopes(file), automatic]):
                        environ = ev.exported_environment()
                child = self.start(file, command, shell, environ)
            if isinstance(child, int):
                code = child
            else:
                self._active[child.pid] = (child, file, before)
                code = yield child
                del self._active[child.pid]
            if code == 1 and options.question and command.always:
                return WANTED  # a sub-make's answer
            if code:
                ignore = command.ignore or options.ignore_errors or self._ignores(file)
                self._report(file, command, code, ignore)
                if not ignore:
                    if command.location is not None:
                        self._failed_at[id(file)] = command.location
                    if self._delete or code < 0:
                        self.delete(file, before)
                    if not options.keep_going and not run.stopping:
                        self._release(file)
                        self.announce_waiting()
                    return FAILED
        return OK

    def announce_waiting(self) -> None:
        """Say that the run ends when the running commands have ended."""
        if self._active:
            self._run.output.err(f"{self._run.name}: *** Waiting for unfinished jobs....")

    def _quiet(self, file: File) -> bool:
        return self._silent is not None and (not self._silent or file.name in self._silent)

    def _ignores(self, file: File) -> bool:
        return self._ignored is not None and (not self._ignored or file.name in self._ignored)

    def _trace(self, file: File) -> None:
        times = self._run.times
        missing = not file.phony and times.of(file) == NONE
        newer = [
            one.file.found
            for one in file.dependencies
            if one.changed and not one.order_only and not one.hidden
        ]
        if file.phony:
            why = "target is .PHONY"
        elif missing:
            why = "target does not exist"
        else:
            why = " ".join(newer) or "unknown reasons"
        place = file.recipe.location if file.recipe is not None else file.location
        self._run.output.out(f"{place}: update target '{file.name}' due to: {why}")

    def carry_out(self, file: File, command: Command, shell: tuple[str, str]) -> int | None:
        """Return the exit status of a command that takes no program; None for all others.

        `shell` is as for `start`.
        """
        del file, command, shell
        return None

    def start(
        self,
        file: File,
        command: Command,
        shell: tuple[str, str],
        environ: dict[str, str],
    ) -> subprocess.Popen[bytes] | int:
        """Start a command of the recipe of `file`; return its exit status if it has ended already.

        `shell` are the values of SHELL and .SHELLFLAGS.
        """
        run = self._run
        output = self._output(file)
        simple = None
        if shell in _PLAIN_SHELLS and not run.ev.rules.one_shell:
            simple = simple_command(command.text)
            if simple == []:
                return OK
        if simple:
            argv = simple
        else:
            program, arguments, text = shell_call(*shell, command.text)
            argv = [program, *arguments, text]
        if simple is not None and "/" not in argv[0]:
            found = _find(argv[0], environ.get("PATH", os.defpath), run.ev.cwd)
            if found is None:
                output.err(f"{run.name}: {argv[0]}: No such file or directory")
                return _NOT_FOUND
        descriptors: tuple[int, ...] = ()
        if command.always and self._server is not None:
            descriptors = self._server.descriptors
        elif self._server is not None:
            environ = _without_pipe(environ, self._server)
        run.output.start()
        from genode_tool import process

        try:
            return self.begin(argv, environ, output, descriptors)
        except process.CannotStart as error:
            output.err(f"{run.name}: {argv[0]}: {error.reason}")
            return _NOT_FOUND

    def begin(
        self,
        argv: Sequence[str],
        environ: dict[str, str],
        output: Output,
        descriptors: tuple[int, ...],
    ) -> subprocess.Popen[bytes] | int:
        """Start a program, or carry it out. Raises `process.CannotStart`."""
        from genode_tool.makefile.child import start_command

        return start_command(
            argv,
            cwd=self._run.ev.cwd,
            env=environ,
            stdin=None,
            stdout=output.stdout,
            stderr=output.stderr,
            pass_fds=descriptors,
            new_session=False,
        )

    def _report(self, file: File, command: Command, code: int, ignored: bool) -> None:
        run = self._run
        if ignored and run.silent:
            return
        place = command.location or file.location or Location("<builtin>")
        what = _signal_text(-code) if code < 0 else f"Error {code}"
        stars = "" if ignored else "*** "
        end = " (ignored)" if ignored else ""
        if run.shuffle_mode:
            end += f" shuffle={run.shuffle_mode}"
        run.announce()
        if file.optional and not ignored:
            return
        if self._sync is not None and not self._passes(command):
            self._start_holding(file)
        self._output(file).err(f"{run.name}: {stars}[{place}: {file.name}] {what}{end}")

    # --- clean-up -----------------------------------------------------------------------------

    def delete(self, file: File, before: int) -> None:
        """Delete a half-made target: one that changed since its recipe started."""
        run = self._run
        for one in (file, *file.group):
            if one.phony or run.is_precious(one):
                continue
            if archives.divide(one.name) is not None:
                self._doubt_member(file, one, before)
                continue
            path = run.ev.path(one.name)
            try:
                now = os.stat(path)  # noqa: PTH116
            except OSError:
                continue
            if not stat.S_ISREG(now.st_mode) or (one is file and now.st_mtime_ns == before):
                continue
            self._output(file).err(f"{run.name}: *** Deleting file '{one.name}'")
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108

    def _doubt_member(self, file: File, member: File, before: int) -> None:
        """Report that a member of an archive changed and may be half-made."""
        now = self._run.graph.stat(member.found)
        if (now.mtime_ns if now is not None else NONE) != before:
            text = f"*** Archive member '{member.name}' may be bogus; not deleted"
            if member is not file:
                text = text.replace("***", f"*** [{file.name}]", 1)
            self._output(file).err(f"{self._run.name}: {text}")

    def kill(self, signum: int = signal.SIGTERM) -> None:
        """End all running commands with a signal and delete what they were making."""
        run = self._run
        active, self._active = self._active, {}
        for child, _, _ in active.values():
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signum)
        for child, file, before in active.values():
            import subprocess

            try:
                code = child.wait(timeout=_TIMEOUT)
            except subprocess.TimeoutExpired:
                child.kill()
                code = child.wait()
            what = _signal_text(-code) if code < 0 else f"Error {code}"
            self._output(file).err(f"{run.name}: *** [{file.location}: {file.name}] {what}")
            self.delete(file, before)
            self._release(file)


def _lines_of(file: File) -> tuple[RecipeLine, ...]:
    return file.recipe.lines if file.recipe is not None else ()


def _find(name: str, path: str, cwd: str) -> str | None:
    for directory in path.split(":"):
        candidate = os.path.join(cwd, directory, name)  # noqa: PTH118
        if os.access(candidate, os.X_OK) and not os.path.isdir(candidate):  # noqa: PTH112
            return candidate
    return None


def _without_pipe(environ: dict[str, str], server: Jobserver) -> dict[str, str]:
    """Tell a child that does not inherit the pipe that it is not there."""
    if not server.descriptors or "MAKEFLAGS" not in environ:
        return environ
    gone = environ["MAKEFLAGS"].replace(f"--jobserver-auth={server.auth}", "--jobserver-auth=-2,-2")
    return {**environ, "MAKEFLAGS": gone}


def _signal_text(number: int) -> str:
    return signal.strsignal(number) or f"Unknown signal {number}"
