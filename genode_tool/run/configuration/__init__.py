"""Checks of the configurations that a scenario writes."""
