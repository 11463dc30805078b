"""The text of a machine or a spawned program, and waits for a pattern in it.

pexpect starts the programs, reads the streams and runs the searches. This package adds what it
needs to do so as expect(1) does; decision 0023 has the reasons.

- `streams`: pexpect's streams: a program on a terminal, a socket.
- `text`: the decoder and the buffer that pexpect uses for them.
- `console`: a stream with a name, listeners, and the limit of how far patterns look back.
- `patterns`: glob, exact and regular-expression patterns with expect's meaning.
- `search`: the searcher that pexpect's `Expecter` calls.
- `wait`: waits on several consoles for the first pattern that matches, up to a deadline.
"""
