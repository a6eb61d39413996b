"""Use cases of the room `policies`."""
