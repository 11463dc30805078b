"""Schemas in XSD and HSD, and checks of documents against them."""
