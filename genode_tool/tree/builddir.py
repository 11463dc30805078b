"""A build directory: its `etc/*.conf` and the repositories', for one kernel and board.

The files are makefiles and are evaluated as such, in the order that the framework defines:
`etc/build.conf`, the repositories' and the directory's own `etc/specs.conf`, one `mk/spec/*.mk`
per spec, then `mk/global.mk`, which reads `etc/tools.conf`. Values given to `open()` win over
assignments in those files, as variables on the command line of make do.

Nothing is read before an attribute is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import UserError
from genode_tool.process import scrubbed_environment
from genode_tool.record import record
from genode_tool.tree.blank_alias import without_blanks
from genode_tool.tree.layout import TreeLayout
from genode_tool.tree.source_tree import SourceTree

if TYPE_CHECKING:  # imported when first needed: a build without changes never needs them
    from genode_tool.makefile import Evaluation, Inputs
    from genode_tool.tree.build_settings import BuildSettings

PASSED_ON = (
    *("KERNEL", "BOARD", "CONTRIB_DIR", "STATIC_ANALYZE"),
    *("PKG_CONFIG_PATH", "SOURCE_DATE_EPOCH"),
)
"""Variables of the user's environment that descriptions may see, besides PATH and the like."""


_CONFIGURATION = ("build", "specs", "tools")


@record(frozen=False)
class _Memo:
    settings: BuildSettings | None = None


@dataclass(frozen=True)
class BuildDirectory:
    """One build directory, seen with the variables `overrides` of one call."""

    path: Path
    overrides: Mapping[str, str]
    inputs: Inputs | None = field(default=None, repr=False, compare=False)
    _memo: _Memo = field(default_factory=_Memo, repr=False, compare=False)

    @classmethod
    def open(
        cls,
        path: Path | str,
        overrides: Mapping[str, str] | None = None,
        inputs: Inputs | None = None,
    ) -> BuildDirectory:
        """Return the build directory at `path`.

        Raises `UserError` when there is no `etc/build.conf`.
        """
        directory = Path(path).absolute()
        if not (directory / "etc/build.conf").is_file():
            lost = (directory / "var/genode").is_dir()
            raise UserError(
                f"{directory} is not a build directory: etc/build.conf is missing",
                hint="restore it; it existed at the last build"
                if lost
                else "create one with `genode create-builddir x86_64`",
            )
        real = without_blanks(Path(os.path.realpath(directory)))
        return cls(real, dict(overrides or {}), inputs)

    @property
    def environment(self) -> dict[str, str]:
        """The environment that descriptions and commands start with."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        found = scrubbed_environment(passed)
        found.pop("TERM", None)  # nothing is evaluated again for another terminal
        return found

    @property
    def settings(self) -> BuildSettings:
        """The evaluated configuration. Raises `GenodeError` for mistakes in it."""
        if self._memo.settings is None:
            from genode_tool.makefile import RealInputs
            from genode_tool.tree.build_settings import evaluate
            from genode_tool.tree.trust import refuse_foreign

            refuse_foreign(self.path, "etc", *(f"etc/{one}.conf" for one in _CONFIGURATION))
            inputs = self.inputs or RealInputs()
            self._memo.settings = evaluate(str(self.path), self.overrides, self.environment, inputs)
        return self._memo.settings

    @property
    def genode_dir(self) -> Path:
        """The top directory of the source tree."""
        return Path(self.settings.genode_dir)

    @property
    def base_dir(self) -> Path:
        """The repository `base`."""
        return Path(self.settings.base_dir)

    @property
    def contrib_dir(self) -> Path:
        """The directory of ported third-party code."""
        return Path(self.settings.contrib_dir)

    @property
    def repositories(self) -> tuple[Path, ...]:
        """The repositories, the one that wins first."""
        return tuple(Path(repository) for repository in self.settings.repositories)

    @property
    def specs(self) -> tuple[str, ...]:
        """The specs in force."""
        return self.settings.specs

    @property
    def kernel(self) -> str:
        """The kernel of this call, or ""."""
        return self.settings.kernel

    @property
    def board(self) -> str:
        """The board of this call, or ""."""
        return self.settings.board

    @property
    def known_boards(self) -> tuple[str, ...]:
        """The boards that the repositories describe for the kernel of this call, sorted."""
        from genode_tool.makefile import RealInputs
        from genode_tool.tree.repositories import known_boards

        return known_boards(self.settings.repositories, self.inputs or RealInputs())

    @property
    def layout(self) -> TreeLayout:
        """The layout of the source tree."""
        return self.settings.layout

    @cached_property
    def tree(self) -> SourceTree:
        """The source tree."""
        return SourceTree(self.genode_dir, self.layout)

    @property
    def evaluation(self) -> Evaluation:
        """The evaluated configuration."""
        return self.settings.evaluation

    def variable(self, name: str) -> str:
        """Return the expanded value of a variable of the configuration, "" when undefined."""
        return self.evaluation.value(name)
