"""What the room `plans` offers: groups of one command each; it has no nouns of its own."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS: tuple[Group, ...] = ()
