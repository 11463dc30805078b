"""Rules: explicit, pattern and implicit ones, search paths, and the plan that follows from them."""
