"""The run API: what a run script can ask for, in Tcl and in Python under the same names.

Each module holds the procedures of one theme; `scenario` joins them. A procedure marked with
`command` is visible to scripts. Arguments are strings as Tcl passes them; lists may be given
as Tcl lists or, from Python, as sequences of strings.
"""

from genode_tool.run.api.scenario import Scenario

__all__ = ["Scenario"]
