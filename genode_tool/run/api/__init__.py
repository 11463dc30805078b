"""The run API: the procedures that a run script can call, in Tcl and in Python by the same names.

A theme is a plain object that gets the parts of a scenario it works with; methods marked with
`@procedure` are its procedures. `scenario` puts the themes together. Arguments are strings as Tcl
passes them; lists may be given as Tcl lists or, from Python, as sequences of strings.
"""
