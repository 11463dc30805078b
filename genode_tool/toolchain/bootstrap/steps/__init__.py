"""Build steps as values: what each does and depends on."""
