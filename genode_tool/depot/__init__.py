"""Depot archives: what recipes stand for, what a depot holds, and how one becomes the other.

`archive` has names, versions and hashes. `recipes` reads the recipes of a tree, `store` the content
of a depot. `extraction` makes the archives that recipes describe.
"""
