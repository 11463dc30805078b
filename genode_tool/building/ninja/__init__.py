"""Ninja: its program, its files, and what makes it decide by content."""
