"""Use cases of replication."""
