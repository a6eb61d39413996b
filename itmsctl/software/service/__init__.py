"""Use cases of software."""
