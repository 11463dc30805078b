"""The one way to open an evaluation: the configuration of a call and its view of the machine."""

from __future__ import annotations

from _blake2 import blake2b  # `hashlib` would load OpenSSL
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from genode_tool.building.memory.evaluation_cache import EvaluationCache
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.building.memory.store import MemoryStore
from genode_tool.makefile import Evaluation, Inputs, ParseCache
from genode_tool.tree import BuildDirectory, TreeLayout
from genode_tool.tree.build_settings import BuildSettings
from genode_tool.tree.compiler_launcher import SETTINGS


@dataclass(frozen=True)
class EvaluationContext:
    """The objects that all evaluations of one call share.

    `settings` is the configuration of `build_dir`, which was evaluated through `scope`, the view
    of whatever concerns the call as a whole.
    """

    build_dir: BuildDirectory
    settings: BuildSettings
    observatory: Observatory
    scope: EvaluationScope
    parse_cache: ParseCache

    @property
    def layout(self) -> TreeLayout:
        """The layout of the source tree."""
        return self.settings.layout

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the command line that evaluations see.

        Those that select a compiler launcher are left out: nothing that is evaluated depends
        on them.
        """
        overrides = self.build_dir.overrides
        return {name: value for name, value in overrides.items() if name not in SETTINGS}

    @cached_property
    def cache(self) -> EvaluationCache:
        """The cached results of evaluations, read when first asked for."""
        store = MemoryStore.of(self.build_dir.path)
        return EvaluationCache(store, self.identity, self.observatory)

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

        Flags of the shell are in the environment, where the front ends of trees that need some put
        them for the makes that they call.
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
            cache=self.parse_cache,
            builtin_rules=builtin_rules,
        )
        self.observatory.place = lambda: ev.location
        return ev

    def new_scope(self) -> EvaluationScope:
        """Return the view of one evaluation."""
        return EvaluationScope(self.observatory)

    @cached_property
    def identity(self) -> str:
        """A digest of everything that reaches every evaluation."""
        parts = [
            self.settings.build_dir,
            repr(sorted(self.variables.items())),
            repr(sorted(self.settings.exported.items())),
        ]
        return blake2b(
            "\0".join(parts).encode(errors="surrogateescape"), digest_size=12
        ).hexdigest()


def open_evaluation(
    build_dir: BuildDirectory,
    observatory: Observatory | None = None,
    parse_cache: ParseCache | None = None,
) -> EvaluationContext:
    """Evaluate the configuration of `build_dir`, and return what further evaluations need.

    `observatory` may hold observations from before, `parse_cache` what was read before. Raises
    `GenodeError` for a mistake in the configuration.
    """
    observatory = observatory or Observatory.of(build_dir)
    scope = EvaluationScope(observatory)
    opened = BuildDirectory.open(build_dir.path, build_dir.overrides, scope)
    cache = parse_cache or ParseCache()
    return EvaluationContext(opened, opened.settings, observatory, scope, cache)
