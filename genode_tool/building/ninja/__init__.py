"""Ninja: its program, its files and logs, and the amendments that make it decide by content."""
