"""The options of make.

GNU make manual, "Summary of Options". One table drives parsing, MAKEFLAGS and the list of options.
"""

from __future__ import annotations

from enum import Enum

from genode_tool.errors import UserError
from genode_tool.record import field, record


class OptionSource(Enum):
    """Where options come from."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    MAKEFILE = "makefile"
    OVERRIDE = "makefile, with override"

    @property
    def from_makefile(self) -> bool:
        """Whether a makefile gives them, so that some come too late."""
        return self in (OptionSource.MAKEFILE, OptionSource.OVERRIDE)


class Kind(Enum):
    """What an option does with its argument."""

    FLAG = "no argument"
    TEXT = "text"
    TEXTS = "one more text"
    FILES = "one more file name"
    COUNT = "a positive number, or nothing"
    LOAD = "a decimal number, or nothing"


@record
class Option:
    """An option: its letter, its long names, and the field of `Options` that it sets.

    A FLAG sets the field to `value`. `without` is the value of one whose argument may be left
    out, None when it may not. `inherited` options are part of MAKEFLAGS.
    """

    letter: str
    names: tuple[str, ...]
    field: str
    kind: Kind = Kind.FLAG
    without: str | None = None
    inherited: bool = True
    value: bool = True

    @property
    def spelling(self) -> str:
        """The option as messages name it."""
        return f"-{self.letter}" if self.letter else f"--{self.names[0]}"

    @property
    def optional(self) -> bool:
        """Whether the argument may be left out."""
        return self.without is not None


_TEXT, _TEXTS, _FILES = Kind.TEXT, Kind.TEXTS, Kind.FILES
# In the order in which MAKEFLAGS has them.
OPTIONS = (
    Option("B", ("always-make",), "always_make"),
    Option("d", (), "debug"),
    Option("e", ("environment-overrides",), "environment_overrides"),
    Option("E", ("eval",), "evals", _TEXTS),
    Option("h", ("help",), "help", inherited=False),
    Option("i", ("ignore-errors",), "ignore_errors"),
    Option("k", ("keep-going",), "keep_going"),
    Option("L", ("check-symlink-times",), "check_symlink_times"),
    Option("n", ("just-print", "dry-run", "recon"), "dry_run"),
    Option("p", ("print-data-base",), "print_data_base"),
    Option("q", ("question",), "question"),
    Option("r", ("no-builtin-rules",), "no_builtin_rules"),
    Option("R", ("no-builtin-variables",), "no_builtin_variables"),
    Option("s", ("silent", "quiet"), "silent"),
    Option("S", ("no-keep-going", "stop"), "keep_going", value=False),
    Option("t", ("touch",), "touch"),
    Option("v", ("version",), "version", inherited=False),
    Option("w", ("print-directory",), "print_directory"),
    Option("C", ("directory",), "directories", _FILES, inherited=False),
    Option("f", ("file", "makefile"), "makefiles", _FILES, inherited=False),
    Option("I", ("include-dir",), "include_dirs", _FILES),
    Option("j", ("jobs",), "jobs", Kind.COUNT, ""),
    Option("l", ("load-average", "max-load"), "load", Kind.LOAD, ""),
    Option("o", ("old-file", "assume-old"), "old_files", _FILES, inherited=False),
    Option("O", ("output-sync",), "output_sync", _TEXT, "target"),
    Option("W", ("what-if", "new-file", "assume-new"), "new_files", _FILES, inherited=False),
    Option("", ("debug",), "debug_kinds", _TEXTS, "basic"),
    Option("", ("jobserver-auth", "jobserver-fds"), "jobserver", _TEXT),
    Option("", ("trace",), "trace"),
    Option("", ("no-print-directory",), "print_directory", value=False),
    Option("", ("warn-undefined-variables",), "warn_undefined"),
    Option("", ("sync-mutex",), "sync_mutex", _TEXT, inherited=False),
    Option("", ("no-silent",), "silent", value=False),
    Option("", ("jobserver-style",), "jobserver_style", _TEXT, inherited=False),
    Option("", ("shuffle",), "shuffle", _TEXT, "random"),
    Option("", ("temp-stdin",), "temp_stdin", _TEXT, inherited=False),
)
IGNORED = "bm"
_DEBUG = "abijmnpvw"


@record(frozen=False)
class Options:
    """The options of the command line and of MAKEFLAGS.

    `jobs` 0: without a limit. Those that can be None were not given. `commanded` are the fields
    that a makefile cannot change, because the command line or the
    environment sets them; `commanded_variables` are the names of `variables`, expanded, each once.
    """

    always_make: bool = False
    directories: list[str] = field(default_factory=list)
    environment_overrides: bool = False
    evals: list[str] = field(default_factory=list)
    makefiles: list[str] = field(default_factory=list)
    ignore_errors: bool = False
    include_dirs: list[str] = field(default_factory=list)
    jobs: int | None = None
    keep_going: bool | None = None
    load: float | None = None
    dry_run: bool = False
    old_files: list[str] = field(default_factory=list)
    output_sync: str | None = None
    print_data_base: bool = False
    question: bool = False
    no_builtin_rules: bool = False
    no_builtin_variables: bool = False
    silent: bool | None = None
    touch: bool = False
    version: bool = False
    help: bool = False
    print_directory: bool | None = None
    new_files: list[str] = field(default_factory=list)
    debug: bool = False
    check_symlink_times: bool = False
    trace: bool = False
    warn_undefined: bool = False
    jobserver: str = ""
    sync_mutex: str = ""
    jobserver_style: str = ""
    shuffle: str | None = None
    debug_kinds: list[str] = field(default_factory=list)
    temp_stdin: str = ""
    explain: bool = False
    echo: bool = False
    explain_makefiles: bool = False
    goals: list[str] = field(default_factory=list)
    variables: list[tuple[str, str, str]] = field(default_factory=list)
    commanded_variables: list[str] = field(default_factory=list)
    commanded: set[str] = field(default_factory=set)
    definitions: list[tuple[str, str, str]] = field(default_factory=list)

    def apply_debug(self) -> None:
        """Derive what is printed and explained from `-d`, `--trace` and `--debug`.

        Raises `UserError` for an unknown kind.
        """
        self.explain = self.echo = self.trace or self.debug
        self.explain_makefiles = self.debug
        for given in self.debug_kinds:
            rest = given
            while rest:
                kind = rest[0].lower()
                if kind not in _DEBUG:
                    raise UserError(
                        f"unknown debug level specification '{rest}'",
                        hint="the kinds are a, b, i, j, m, n, p, v and w",
                    )
                if kind == "n":
                    self.explain = self.echo = self.debug = self.explain_makefiles = False
                self.explain = self.explain or kind in "aw"
                self.echo = self.echo or kind in "ap"
                self.explain_makefiles = self.explain_makefiles or kind in "am"
                rest = _after_word(rest)

    def apply_output_sync(self) -> None:
        """Check the kind of `-O`. Raises `UserError` for an unknown one."""
        if self.output_sync not in (None, "none", "line", "target", "recurse"):
            raise UserError(
                f"unknown output-sync type '{self.output_sync}'",
                hint="the kinds are none, line, target and recurse",
            )


def _after_word(text: str) -> str:
    """Return what follows the first word of a list and one blank or comma."""
    for position, char in enumerate(text):
        if char in ", ":
            return text[position + 1 :]
    return ""
