"""Mistakes in init configurations that no schema finds."""
