"""Checkouts from version control: git and Subversion."""
