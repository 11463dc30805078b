"""Procedures of the script itself: its command line, its output, its questions, its end."""
