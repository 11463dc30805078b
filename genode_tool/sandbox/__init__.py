"""Confinement of what others describe and we execute: run scripts that are planned, ports.

`policy` says what something may do and lets a thread or process give up the rest, with the help
of `landlock` (files), `seccomp` (system calls) and `namespaces` (mounts, processes, network).
`kernel` says which of them this kernel has. `copy` runs a function in a confined copy of this
process, `thread` in a confined thread.
"""
