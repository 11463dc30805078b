"""Run scripts in Tcl: a real interpreter with the run API registered in it.

- `interpreter`: one Tcl interpreter: commands in Python, source locations, stopping for good.
- `frontend`: runs a `.run` file with all commands of the API.
- `prelude`: the few commands that have to work in their caller's frame, in Tcl.
- `expecting`: `spawn`, `expect`, `send`, `interact` and what belongs to them.
- `sandbox`: what keeps a script from changing anything while it is merely planned.
"""
