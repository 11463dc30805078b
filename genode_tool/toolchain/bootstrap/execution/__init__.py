"""Execution of build steps: stamps, logs, progress, clean-up after a kill."""
