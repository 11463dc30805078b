"""The sub-words of `genode port`, one module each."""
