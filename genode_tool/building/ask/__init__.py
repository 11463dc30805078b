"""Questions about a build that change nothing: reasons, dependencies, sizes, ports."""
