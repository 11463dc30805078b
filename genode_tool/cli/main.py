"""The entry point: runs a command and turns every way that it can end into an exit code.

0 done; 1 a build or scenario failed, or an internal error; 2 the input or the environment is
wrong; 130 interrupted; 128 + N ended by signal N; a single scenario's own code (252 to 255).
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from click.shell_completion import shell_complete

from genode_tool.clean_start import default_signals_for_children, keep_descriptors_from_children
from genode_tool.cli.app import app
from genode_tool.cli.invocation import Invocation, OutputOptions
from genode_tool.cli.replayable import replayable
from genode_tool.errors import Diagnostic, EnvironmentProblem, GenodeError, Severity
from genode_tool.orphans import no_orphans
from genode_tool.report.control import clean_lines
from genode_tool.report.diagnostic import diagnostic_lines
from genode_tool.report.terminal import ColorMode, terminal

INTERNAL_ERROR = 1
INTERRUPTED = 130
_OF_THE_MACHINE = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENAMETOOLONG,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
}
_ACTIVE = frozenset(
    ("clean", "create-builddir", "image", "make", "prepare", "run", "selftest", "tool-chain")
)
"""Commands whose purpose is not what they print."""
COMPLETION = "_GENODE_COMPLETE"
"""The variable by which a shell's completion script asks for completions."""


class _EndedBySignal(KeyboardInterrupt):
    """A signal ends the call; the domains clean up for it as they do for Ctrl-C."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


def main(
    words: Sequence[str] | None = None, *, prepare: Callable[[list[str]], None] | None = None
) -> int:
    """Run the command line `words` (default: the process's own) and return its exit code.

    `prepare` is called with the words first; the launcher installs system packages there.
    """
    words = list(sys.argv[1:] if words is None else words)
    invocation = Invocation(OutputOptions(_color(words)), tuple(words), _here())
    _open_missing_streams()
    try:
        keep_descriptors_from_children()
        with _nothing_left_running(), _signals_unwind(), default_signals_for_children():
            if COMPLETION in os.environ:
                return shell_complete(app, {}, "genode", COMPLETION, os.environ[COMPLETION])
            if prepare:
                prepare(words)
            # Not `app.main`: it would end the process itself on Ctrl-C and on a closed pipe.
            with replayable(invocation) as call:
                with app.make_context("genode", words, obj=invocation) as context:
                    result = app.invoke(context)
                    command = context.invoked_subcommand or ""
                sys.stdout.flush()
                call.code = result if isinstance(result, int) else 0
            if not result:
                _check_output(command)
            return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as bare:
        _print_error([bare.format_message()])
        return bare.exit_code
    except click.ClickException as wrong:
        diagnostic = Diagnostic(Severity.ERROR, wrong.format_message(), hint=_usage_hint(wrong))
        _print_diagnostic(diagnostic, invocation.output)
        return wrong.exit_code
    except GenodeError as error:
        if invocation.output.traceback:
            _traceback(error)
        _print_diagnostic(error.diagnostic, invocation.output)
        return error.exit_code
    except _EndedBySignal as ended:
        return ended.exit_code
    except (KeyboardInterrupt, click.Abort):
        # Python ends itself with SIGINT instead of our exit code when the last code that was
        # run from a string was interrupted (dataclasses run such code): run some that is not.
        exec("")
        _print_error(["genode: interrupted"])
        return INTERRUPTED
    except BrokenPipeError:  # the reader left: `genode … | head`
        _drop_output()
        return 128 + signal.SIGPIPE
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            return _machine_error(error)
        if isinstance(error, FileNotFoundError) and not error.filename and not _here():
            _print_error(
                ["genode: error: the current directory was removed", "  hint: change to another"]
            )
            return 2
        return _internal_error(error, words, invocation.output)


def _color(words: Sequence[str]) -> ColorMode:
    """Return the value of `--color`, for errors of the command line itself."""
    known = {mode.value: mode for mode in ColorMode}
    found = ColorMode.AUTO
    for word, following in zip(words, (*words[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        if name == "--color":
            found = known.get(value if equals else following, found)
    return found


@contextmanager
def _nothing_left_running() -> Iterator[None]:
    try:
        with no_orphans():
            yield
    finally:
        if "genode_tool.keeper" in sys.modules:
            from genode_tool.keeper import dismiss_keeper

            dismiss_keeper()


class _MissingOutput(io.TextIOWrapper):
    """Takes the place of a standard output that the caller closed; `wanted` if it was used."""

    wanted = False

    def write(self, text: str) -> int:
        """Drop `text`."""
        self.wanted = self.wanted or bool(text)
        return len(text)


def _open_missing_streams() -> None:
    """Replace the streams that the caller closed (`>&-`).

    Their numbers must not become those of files that we open.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stdout is None:
        sys.stdout = _MissingOutput(open(1, "wb", buffering=0, closefd=False))  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - for as long as we live


def _check_output(command: str) -> None:
    """Raise `EnvironmentProblem` when a command's result could not be printed."""
    if isinstance(sys.stdout, _MissingOutput) and sys.stdout.wanted and command not in _ACTIVE:
        raise EnvironmentProblem("cannot write standard output: it is closed")


def _here() -> str:
    """Return the current directory, "" when it was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _drop_output() -> None:
    """Discard what could not be written; Python would try to write it again while it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _machine_error(error: OSError) -> int:
    """Report a full disk and the like, wherever it was met; return the exit code."""
    what = f"{error.filename}: " if error.filename else ""
    _print_error([f"genode: error: {what}{error.strerror}"])
    if error.errno == errno.ENOSPC and not error.filename:
        _drop_output()
    return 2


@contextmanager
def _signals_unwind() -> Iterator[None]:
    def leave(signum: int, _frame: FrameType | None) -> None:
        raise _EndedBySignal(signum)

    before = {}
    for signum in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup
            before[signum] = signal.signal(signum, leave)
    try:
        yield
    finally:
        for signum, former in before.items():
            signal.signal(signum, former)


def _usage_hint(wrong: click.ClickException) -> str:
    if not isinstance(wrong, click.UsageError) or wrong.ctx is None:
        return ""
    return f"`{wrong.ctx.command_path} --help` shows the usage"


def _print_diagnostic(diagnostic: Diagnostic, output: OutputOptions) -> None:
    _print_error(diagnostic_lines(diagnostic, terminal(sys.stderr, output.color).paint))


def _print_error(lines: Sequence[str]) -> None:
    # Painted already; what an error quotes has no business with the terminal.
    text = "\n".join(clean_lines(line, color=True) for line in lines)
    with _ignore_broken_pipe():
        print(text, file=sys.stderr, flush=True)


@contextmanager
def _ignore_broken_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        return


def _traceback(error: BaseException) -> None:
    import traceback

    _print_error(["".join(traceback.format_exception(error)).rstrip()])


def _internal_error(error: Exception, words: Sequence[str], settings: OutputOptions) -> int:
    from genode_tool.cli.crash_report import write_report

    if settings.traceback:
        _traceback(error)
    path = write_report(error, words)
    _print_error(
        [
            f"genode: internal error: {type(error).__name__}: {error}".splitlines()[0],
            "  This is a bug in genode, not a mistake in your input.",
            f"  details: {path}" if path else "  --traceback shows the details",
        ]
    )
    return INTERNAL_ERROR
