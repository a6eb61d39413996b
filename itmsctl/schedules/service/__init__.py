"""Use cases of the room `schedules`."""
