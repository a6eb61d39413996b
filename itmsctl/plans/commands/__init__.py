"""Commands of the room `plans`, each at the root."""
