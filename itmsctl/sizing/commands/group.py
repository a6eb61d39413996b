"""The group `sizing`; each file beside this one adds a verb."""

from __future__ import annotations

from itmsctl.cli.options import group

sizing_app = group("Say whether a design will carry: numbers, rules, simulation.")
