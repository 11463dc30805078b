"""Resolution of session requests, and views that are derived from it."""
