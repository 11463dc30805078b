"""Publishing archives of a depot, and getting those that others publish."""
