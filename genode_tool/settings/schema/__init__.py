"""The settings as frozen dataclasses, one module per topic."""
