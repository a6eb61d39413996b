"""Commands of the room `hierarchy`, one group a module."""
