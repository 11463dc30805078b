"""Ports of trees before 14.05, which repositories' own makefiles prepare."""
