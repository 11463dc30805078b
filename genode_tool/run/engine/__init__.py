"""The engine: runs and plans scenarios, one after the other or several at a time."""
