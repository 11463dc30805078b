"""Building bin and dbg archives from the sources in a depot."""
