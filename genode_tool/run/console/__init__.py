"""Text that comes from a machine or a spawned program, and waiting for a pattern in it.

- `channel`: where bytes come from and go to (a pty, a socket, a pipe).
- `buffer`: what came and was not matched yet.
- `patterns`: glob, exact and regular-expression patterns with `expect`'s meaning.
- `wait`: waits on several channels for the first pattern that matches, up to a deadline.
"""
