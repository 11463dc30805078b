"""The program that runs compile steps: ccache, sccache, distcc, icecc or a similar one.

`LAUNCHER := distcc` in `etc/build.conf` or on the command line names it; `CCACHE := yes` is the
framework's own way to say `ccache`. Both may be combined: ccache calls the other one for what is
not cached (ccache(1), "prefix_command").

`STATIC_ANALYZE := 1` hands them to the analyzers of clang's `scan-build` instead, which run
the compiler as well.

The launcher is not part of any command. A step that may be launched begins with the variable
`STEP_VARIABLE`, which the shell replaces by nothing or by the launcher's name. So a launcher can
be added, changed and dropped without rebuilding anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program

if TYPE_CHECKING:  # slow to import, and a build without changes does not need it
    from genode_tool.makefile import Evaluation

SETTINGS = ("LAUNCHER", "CCACHE", "STATIC_ANALYZE")
"""The variables that select a launcher; descriptions do not see them."""

STEP_VARIABLE = "GENODE_LAUNCHER"
"""The variable of the environment that compile steps begin with."""

ANALYZER = "scan-build"
"""The program that a build runs under for static analysis."""

_PASSED = ("CCACHE_", "SCCACHE_", "DISTCC_", "ICECC_", "XDG_")
_CCACHE = "ccache"
_SCCACHE = "sccache"


def launcher_of(ev: Evaluation) -> tuple[str, ...]:
    """Return the words of the launcher in a configuration, () without one."""
    if ev.value("STATIC_ANALYZE").strip():
        return (ANALYZER,)
    words = tuple(ev.value("LAUNCHER").split())
    if ev.value("CCACHE").strip() == "yes" and _CCACHE not in words:
        words = (_CCACHE, *words)
    return words


def launcher_environment(words: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make steps use the launcher `words`.

    `environment` is the user's, of which launchers see their own variables. Raises
    `EnvironmentProblem` when a program is missing.
    """
    words = tuple(words)
    if not words:
        return {}
    chained = words[1:] if words[0] == _CCACHE else ()
    for name in (words[0], *chained[:1]):
        if find_program(name) is None:
            from genode_tool.programs import how_to_get

            raise EnvironmentProblem(
                f"the compiler launcher `{name}` is missing",
                hint=f"{how_to_get(name)}; `{'= '.join(SETTINGS)}=` builds without one",
            )
    found = {name: value for name, value in environment.items() if name.startswith(_PASSED)}
    if words[0] == _SCCACHE:
        found.setdefault("SCCACHE_DIRECT", "false")  # for the same reason as below
    if words[0] == _CCACHE:
        # The direct mode does not notice a header that appears earlier in the search path, and
        # repositories hide each other's files in just this way.
        if "CCACHE_DIRECT" not in found:
            found["CCACHE_NODIRECT"] = "1"
        if chained:
            found["CCACHE_PREFIX"] = " ".join(chained)
    found[STEP_VARIABLE] = words[0] if words[0] == _CCACHE else " ".join(words)
    return found
