"""What the room `sizing` offers: one group; it has no nouns of its own."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS = (Group("sizing", "Say whether a design will carry: numbers, rules, simulation.", "sizing_app"),)
