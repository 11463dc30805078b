"""Ways to run a system: as a process of the host, or in QEMU.

- `base`: the seam all machines share, and what they can run.
- `host`: a Linux process.
- `qemu`: QEMU, with its own parts `qmp` (the control protocol) and `qemu_args` (command line).
"""
