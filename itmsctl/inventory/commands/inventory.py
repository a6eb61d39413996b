"""The group `inventory`. Most of its verbs stand in files of their own (`VERBS` of the room's kinds)."""

from __future__ import annotations

from itmsctl.cli.options import group

inventory_app = group("Learn what computers are made of and what is on them, and look at it.")
