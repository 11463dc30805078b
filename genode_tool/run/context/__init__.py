"""The surroundings of a scenario: build directory, run script, run modules, options."""
