"""Use cases of the room `targeting`."""
