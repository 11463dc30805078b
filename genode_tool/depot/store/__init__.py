"""The content of a depot directory."""
