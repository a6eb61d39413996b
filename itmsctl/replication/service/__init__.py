"""Use cases of the room `replication`."""
