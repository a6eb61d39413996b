"""Rows of the room `sites`, one noun a module, so that a command pays for the rows that it reads only."""
