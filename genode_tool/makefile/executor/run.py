"""A run of make: the files and options that all its parts share.

`jobs` runs recipes in it, `updates` decides what is out of date, `runner` puts the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.executor.scheduler import Scheduler
from genode_tool.makefile.executor.shuffle import Shuffle
from genode_tool.makefile.executor.times import ClockSkew, Times
from genode_tool.makefile.rules.files import Dependency, File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.protocols import RuleEvaluator

OK, WANTED, FAILED = 0, 1, 2
"""Results of the update of a file, as exit statuses of make; `WANTED`: out of date, with `-q`."""


class MakefileFailed(Exception):
    """A makefile that is required cannot be made: nothing else is looked at."""


@dataclass(frozen=True, slots=True)
class MakefileGoals:
    """The differences when the goals are the makefiles themselves.

    `report_missing` reports a makefile that could not be read, once, and returns whether it is
    required. `ends_all` returns whether its failure ends the run.
    """

    report_missing: Callable[[str], bool]
    ends_all: Callable[[str], bool]


class Run:
    """The shared state of one run.

    `name` stands before messages. `stopping`: no further recipe is started. `goal` is the one of
    `goals` that is being updated. `without_rule` is the first missing file that no rule makes.
    `check` is called now and then while commands run; an exception that it raises ends the run.
    `shuffle` is the mode of `--shuffle`; makefiles are visited in their order all the same.
    `announce_group` are the lines that name the directory around output that is held back.
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
        makefiles: MakefileGoals | None = None,
        shuffle: str | None = None,
        announce_group: tuple[str, str] | None = None,
    ) -> None:
        self.ev = ev
        self.options = options
        self.output = output
        self.name = name
        self.server = server
        ev.rules.complete = True
        self.graph = Graph(ev)
        self.times = Times(self.graph, options, skew)
        serial = ev.rules.special(".NOTPARALLEL") == frozenset()
        jobs = 1 if options.jobs is None or serial else options.jobs
        self.serial = jobs == 1
        self.scheduler = Scheduler(jobs, None if self.serial else server, options.load, check)
        self.announce_group = announce_group
        self.shuffle_mode = shuffle
        self.shuffle: Shuffle | None = None
        if shuffle and makefiles is None and not serial:
            self.shuffle = Shuffle(shuffle, self.graph)
        self.stopping = False
        self.makefiles = makefiles
        self.goal = ""
        self.goals: frozenset[str] = frozenset()
        self.without_rule: File | None = None
        self._precious = ev.rules.special(".PRECIOUS") or frozenset()
        self.silent = options.silent or ev.rules.special(".SILENT") == frozenset()

    def announce(self) -> bool:
        """Report, before the first error about a makefile, which one could not be read.

        Returns false when nothing is to be reported at all, because that makefile is optional.
        """
        return self.makefiles is None or self.makefiles.report_missing(self.goal)

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
