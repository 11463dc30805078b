"""Making api, src, raw and pkg archives from recipes."""
