"""Commands of the room `agents`, one group a module."""
