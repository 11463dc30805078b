"""Tool chains for Genode: built from source, checked, adopted from the distribution, packed."""
