"""From the text of a makefile to its frozen syntax tree."""
