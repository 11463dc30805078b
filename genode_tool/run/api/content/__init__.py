"""Procedures that provide and check what a system consists of: builds, archives, configurations."""
