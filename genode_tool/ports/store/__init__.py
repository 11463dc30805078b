"""The contrib directory of a tree: prepared ports, unfinished work, locks."""
