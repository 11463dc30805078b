"""The memory of builds: observations, and the results that are cached on the strength of them."""
