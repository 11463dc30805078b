"""One call of make: its options, its place, its output."""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.errors import GenodeError
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.inputs import Inputs
from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.record import record


@record(frozen=False)
class Call:
    """The state of one call of make.

    `parsed` is the name of what its options come from. `reading`: makefiles are being read, whose
    output `-O` groups whatever `-j` says.
    """

    options: Options
    output: Output
    environ: dict[str, str]
    cwd: str
    make: str
    level: int
    inputs: Inputs
    cache: ParseCache
    stdin: bytes | None = None
    check: Callable[[], None] | None = None
    announced: bool = False
    parsed: str = "make"
    reading: bool = True

    @property
    def name(self) -> str:
        """The name of the program in messages, with its level."""
        return f"make[{self.level}]" if self.level else "make"

    @property
    def _entering(self) -> str:
        return f"{self.name}: Entering directory '{self.cwd}'"

    @property
    def _leaving(self) -> str:
        return f"{self.name}: Leaving directory '{self.cwd}'"

    @property
    def _wants_directory(self) -> bool:
        options = self.options
        wanted = options.print_directory
        if wanted is None:
            wanted = (bool(options.directories) or self.level > 0) and not options.silent
        return wanted

    @property
    def grouped(self) -> bool:
        """Whether the directory is named around each group of output, not around the whole."""
        options = self.options
        parallel = options.jobs not in (None, 1) or bool(options.jobserver)
        return (self.reading or parallel) and options.output_sync in ("line", "target")

    @property
    def group_lines(self) -> tuple[str, str] | None:
        """The lines around each group of output that is held back, None without any."""
        if not self.grouped or self.announced or not self._wants_directory:
            return None
        return self._entering, self._leaving

    def announce(self) -> None:
        """Print the directory, once, if the options ask for it."""
        if self._wants_directory and not self.grouped and not self.announced:
            self.announced = True
            self.output.before_output = None
            self.output.out_directly(self._entering)

    def fail(self, error: GenodeError) -> None:
        """Print the error that ends the run."""
        where = self.name
        if isinstance(error, MakefileError) and error.location:
            where = f"{error.location.file}:{error.location.line}"
        self.output.err(f"{where}: *** {error.message}.  Stop.")

    def err(self, text: str) -> None:
        """Print a message of the program about itself."""
        self.output.err(f"{self.name}: {text}")

    def conclude(self) -> None:
        """Print that the directory is left, if it was announced."""
        self.output.before_output = None
        if self.announced:
            self.output.out(self._leaving)
