"""Use cases of the room `packages`."""
