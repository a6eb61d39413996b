"""Commands of the room `resources`, a file for each group."""
