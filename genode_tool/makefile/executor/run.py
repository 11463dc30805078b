"""A run of make: the files and options that all its parts share.

`jobs` runs recipes in it, `updates` decides what is out of date, `runner` puts the two together.
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.errors import GenodeError
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.executor.scheduler import Scheduler
from genode_tool.makefile.executor.shuffle import Shuffle
from genode_tool.makefile.executor.times import ClockSkew, Times
from genode_tool.makefile.rules.contents import Contents
from genode_tool.makefile.rules.files import Dependency, File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.record import record, replace

OK, WANTED, FAILED = 0, 1, 2
"""Results of the update of a file, as exit statuses of make; `WANTED`: out of date, with `-q`."""


class Reported(GenodeError):
    """The run ended with an error that has been printed already."""


@record
class MakefileGoals:
    """The differences when the goals are the makefiles themselves.

    `report_missing` reports a makefile that could not be read, once, and returns whether it is
    required. `ends_all` returns whether the failure of a required one ends the run.
    """

    report_missing: Callable[[str], bool]
    ends_all: Callable[[str], bool]


class Run:
    """The shared state of one run.

    `name` stands before messages. `stopping`: no further recipe is started. `goal` is the one of
    `goals` that is being updated; a makefile may be not `goal_required`. `without_rule` is the
    first missing file that no rule makes.
    `check` is called now and then while commands run; an exception that it raises ends the run.
    `options` are those that count now: while makefiles are remade, some are off. `shuffle_mode` is
    the mode of `--shuffle`; makefiles are visited in their order all the same. `announce_group`
    are the lines that name the directory around output that is held back. `fail` prints an error
    that ends the run; the commands that run may then end by themselves.
    """

    def __init__(
        self,
        ev: RuleEvaluator,
        options: Options,
        output: Output,
        *,
        name: str = "make",
        server: Jobserver | None = None,
        skew: ClockSkew | None = None,
        check: Callable[[], None] | None = None,
        shuffle: str | None = None,
        announce_group: tuple[str, str] | None = None,
        fail: Callable[[GenodeError], None] | None = None,
    ) -> None:
        self.ev = ev
        self.given = options
        self.options = replace(options)
        self.output = output
        self.name = name
        self.server = server
        ev.rules.complete = True
        self.contents = Contents(ev.inputs, ev.cwd)
        self.graph = Graph(ev, self.contents)
        self.times = Times(self.graph, options, skew)
        self.graph.named = self.times.named
        serial = ev.rules.special(".NOTPARALLEL") == frozenset()
        jobs = 1 if options.jobs is None or serial else options.jobs
        self.serial = jobs == 1
        self.scheduler = Scheduler(jobs, None if self.serial else server, options.load, check)
        self.announce_group = announce_group
        self.fail = fail
        self.shuffle_mode = shuffle
        self.shuffle: Shuffle | None = None
        self.stopping = False
        self.makefiles: MakefileGoals | None = None
        self.goal = ""
        self.goal_required = True
        self.goals: frozenset[str] = frozenset()
        self.without_rule: File | None = None
        self._precious = ev.rules.special(".PRECIOUS") or frozenset()
        self.silent = options.silent or ev.rules.special(".SILENT") == frozenset()
        self._ordered = serial

    def begin_makefiles(self, hooks: MakefileGoals, *, first: bool) -> None:
        """Let what follows be about the makefiles, not about the goals.

        `-B` and `-W` count the `first` time only: otherwise they would be remade without end.
        """
        self.makefiles = hooks
        given, now = self.given, self.options
        now.always_make = given.always_make and first
        now.explain = given.explain and given.explain_makefiles
        now.echo = given.echo and given.explain_makefiles
        if not first:
            self.times.assume_new(())

    def choose_options(self, goal: str) -> None:
        """Switch `-n`, `-q` and `-t` off for a makefile, unless the call names it as a goal."""
        given, now = self.given, self.options
        counts = self.makefiles is None or goal in given.goals
        now.dry_run = given.dry_run and counts
        now.question = given.question and counts
        now.touch = given.touch and counts

    def begin_goals(self) -> None:
        """Let what follows be about the goals of the call."""
        self.makefiles = None
        given, now = self.given, self.options
        now.always_make, now.explain, now.echo = given.always_make, given.explain, given.echo
        self.times.assume_new(self.given.new_files)
        if self.shuffle_mode and not self._ordered and self.shuffle is None:
            self.shuffle = Shuffle(self.shuffle_mode, self.graph)

    def announce(self) -> None:
        """Report, before the first error about a makefile, which one could not be read."""
        if self.makefiles is not None and self.goal_required:
            self.makefiles.report_missing(self.goal)

    def visited(self, file: File) -> list[Dependency]:
        """Return the prerequisites of a file in the order in which they are visited."""
        return file.dependencies if self.shuffle is None else self.shuffle.dependencies(file)

    def ends_all(self, goal: str) -> bool:
        """Tell whether the failure of a goal ends the run."""
        if self.makefiles is not None:
            return self.makefiles.ends_all(goal)
        return not self.options.keep_going

    def is_precious(self, file: File) -> bool:
        """Tell whether a file must not be deleted: its name or the pattern of its rule says so."""
        return file.name in self._precious or file.pattern in self._precious
