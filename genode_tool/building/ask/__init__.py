"""Questions about a build that change nothing: why, from what, and how much."""
