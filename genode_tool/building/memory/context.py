"""What all evaluations of one call share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from genode_tool.building.memory.observatory import EvaluationScope, Observatory
from genode_tool.makefile import Evaluation, Inputs, ParseCache
from genode_tool.tree import TreeLayout
from genode_tool.tree.build_settings import BuildSettings
from genode_tool.tree.compiler_launcher import SETTINGS


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """The configuration of a call, its view of the machine, and the parsed makefiles.

    `overrides` are the variables of the command line, which reach every evaluation; those
    that select a compiler launcher do not, because nothing that is evaluated depends on them.
    """

    settings: BuildSettings
    overrides: Mapping[str, str]
    observatory: Observatory
    cache: ParseCache

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the command line that evaluations see."""
        return {name: value for name, value in self.overrides.items() if name not in SETTINGS}

    @property
    def layout(self) -> TreeLayout:
        """The layout of the source tree."""
        return self.settings.layout

    def evaluation(
        self,
        inputs: Inputs,
        cwd: str,
        variables: Mapping[str, str],
        extra_environment: Mapping[str, str] | None = None,
        goals: tuple[str, ...] = (),
        builtin_rules: bool = False,
        kind: type[Evaluation] = Evaluation,
    ) -> Evaluation:
        """Return a fresh evaluation of a description or leaf makefile in directory `cwd`.

        The rules that are built into make are left out unless asked for: trees bring their
        own, and searching those for RCS files and the like takes longer than all the rest.

        Flags of the shell stand in the environment, where front ends that set some put them for
        the makes that they call.
        """
        flags = self.layout.shell_flags
        ev = kind(
            inputs,
            cwd=cwd,
            variables={**self.variables, **variables},
            environ={
                **({".SHELLFLAGS": " ".join(flags)} if flags != ("-c",) else {}),
                **self.settings.exported,
                **(extra_environment or {}),
            },
            goals=goals,
            cache=self.cache,
            builtin_rules=builtin_rules,
        )
        self.observatory.place = lambda: ev.location
        return ev

    def scope(self) -> EvaluationScope:
        """Return the view of one evaluation."""
        return EvaluationScope(self.observatory)

    @property
    def identity(self) -> str:
        """A digest of everything that reaches every evaluation."""
        parts = [
            self.settings.build_dir,
            repr(sorted(self.variables.items())),
            repr(sorted(self.settings.exported.items())),
        ]
        return hashlib.blake2b(
            "\0".join(parts).encode(errors="surrogateescape"), digest_size=12
        ).hexdigest()
