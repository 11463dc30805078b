"""Damaged inputs of every kind, in one confined process: a result or a `GenodeError`, in time.

`python -m tests.attack.fuzz all --count 1000 --jobs 2` does it by hand; `seeds/` holds the inputs
that once ended in a traceback or took too long, which tests give to the subjects again.
"""
