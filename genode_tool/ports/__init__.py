"""Third-party code: what the ports of a tree declare, fetched, verified, unpacked and patched."""
