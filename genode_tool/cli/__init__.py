"""The command line: one module per command; parse, call the domain, render. No logic."""
