"""Commands of the room `discovery`, one group a module."""
