"""Commands of the room `software`."""
