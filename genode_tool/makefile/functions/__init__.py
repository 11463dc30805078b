"""The functions of the make language: GNU make manual, "Functions for Transforming Text"."""
