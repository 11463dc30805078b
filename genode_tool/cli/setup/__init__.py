"""The launcher's work before a command can run: system packages, private environment.

Standard library only: `environment` runs on the system's Python before anything is installed.
"""
