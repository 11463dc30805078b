"""Procedures that start the system, wait for its output, and stop it."""
