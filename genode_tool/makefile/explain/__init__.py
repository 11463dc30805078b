"""Explaining variables and targets: where a value comes from, how a file is made."""
