"""Whom packages are believed from: keys, roles, and a signed catalogue in the form of The Update Framework."""
