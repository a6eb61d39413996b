"""Commands of the room `schedules`, one group a module."""
