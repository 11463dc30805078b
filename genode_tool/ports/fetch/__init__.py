"""Fetching the sources of a port: from the cache, from mirrors, from upstream."""
