"""Commands of the room `tasks`, one group a module."""
