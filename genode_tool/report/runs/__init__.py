"""Reports of scenarios: lines while they run, the plan, and files when they have ended."""
