"""Makefiles put together at random, and damaged ones, under GNU make and under ours.

`python -m tests.differential.fuzz --seed 1 --count 1000 --jobs 2` compares a thousand cases and
prints what differs, reduced to a few lines. The same seed always gives the same case.
"""
