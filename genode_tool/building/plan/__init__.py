"""Stage 2: each leaf's own makefile becomes build steps; all of them become one ninja file."""
