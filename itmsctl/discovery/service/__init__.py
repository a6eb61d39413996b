"""Services of the room `discovery`."""
