"""The run API: the procedures that a run script can call, in Tcl and in Python by the same names.

Each module holds the procedures of one theme, as methods marked with `@procedure`. A theme is a
plain object that gets the parts it works with; `scenario` puts the themes together. Arguments are
strings as Tcl passes them; lists may be given as Tcl lists or, from Python, as sequences of
strings.
"""
