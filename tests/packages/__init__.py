"""Tests of the room `packages`."""
