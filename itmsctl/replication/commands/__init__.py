"""The groups of the room `replication`."""
