"""The `wget` that recipes of older trees find."""
