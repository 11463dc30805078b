"""Port descriptions: evaluated by the make language."""
