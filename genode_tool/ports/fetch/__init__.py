"""Getting the sources of a port: from the cache, from mirrors, from where they come from."""
