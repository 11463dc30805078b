"""Building binutils, GCC and GDB for bare metal from source, step by step and resumable.

`recipe` says which steps there are and what each rests on, `sources` where archives come from,
`workshop` runs a step with its log and stamp, `build` runs them all and installs the result.
"""
