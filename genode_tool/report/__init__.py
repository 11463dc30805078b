"""Rendering: events become lines on a terminal, plain logs and tables; errors become messages.

Only `cli` imports this room. Modules here import heavy libraries inside functions, and a
domain's events where they render them, so that a command pays for what it shows.
"""
