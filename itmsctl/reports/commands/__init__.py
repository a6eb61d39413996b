"""Commands of the room `reports`: the noun, and running one."""
