"""Resolution of session requests, and what follows from it."""
