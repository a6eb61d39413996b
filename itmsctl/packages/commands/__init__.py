"""Commands of the room `packages`, one group or verb a module."""
