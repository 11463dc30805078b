"""Variables: definition, scope, export, and those that exist before the first makefile."""
