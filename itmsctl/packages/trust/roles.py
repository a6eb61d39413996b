"""The roles of a signed catalogue, each with a file of its name, and for how long it is good."""

from __future__ import annotations

from datetime import timedelta

ROOT, TIMESTAMP, SNAPSHOT, CATALOGUE = ROLES = ("root", "timestamp", "snapshot", "targets")
FRESHNESS = timedelta(days=180)
"""How long snapshot and timestamp are good for, unless a person says otherwise."""
