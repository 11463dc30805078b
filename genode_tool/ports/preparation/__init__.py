"""Preparation of ports: steps, recipes, confinement."""
