"""Tests of the room `software`."""
