"""Commands of the room `security`, one group a module."""
