"""Use cases of the room `hierarchy`: MANAGEMENT_SERVERS and GATEWAYS, their shelves."""
