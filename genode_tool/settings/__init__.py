"""The settings of the tool that a site, a user, a source tree or a build directory can change.

The tool comes with commented TOML files in `etc/`, one per topic. A file of the same name in one
of the places of `layers` changes single keys of it. `layered.settings_of` returns the result as
frozen dataclasses (`schema`), each value with the file and line that it comes from.

Standard library only, and each file is read when one of its values is used: the launcher looks up
programs here before its environment exists.
"""
