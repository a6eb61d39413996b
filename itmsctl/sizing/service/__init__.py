"""Use cases of sizing."""
