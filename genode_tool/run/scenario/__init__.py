"""The state of one scenario while its run script executes."""
