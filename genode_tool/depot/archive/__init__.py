"""Archives as such: their names, versions and hashes."""
