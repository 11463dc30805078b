"""Checks of init configurations that a schema cannot express."""
