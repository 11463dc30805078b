"""The cache of verified downloads, and downloads under way."""
