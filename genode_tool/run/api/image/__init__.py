"""Procedures that gather boot modules and make images of them."""
