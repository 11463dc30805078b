"""Sources out of package archives: Debian and the Python package index."""
