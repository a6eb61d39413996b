"""Commands of the room `sites`, one group a module."""
