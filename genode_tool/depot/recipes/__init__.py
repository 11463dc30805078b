"""The recipes of a source tree, and which archives belong together."""
