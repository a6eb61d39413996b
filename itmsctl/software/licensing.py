"""Licences against installation and use: what is needed, what is left, and how that is called."""

from __future__ import annotations

from datetime import date

DEVICE, USER, SITE = "device", "user", "site"
EXPIRED, OVER, EVEN, UNDER, NOT_COUNTED = "expired", "over-deployed", "even", "under-deployed", "not counted"


def needed(license_type: str | None, installed: int, metered: int, users: int) -> int | None:
    """Return how many licences the installations need; None where that cannot be told.

    One a device unless it says otherwise, one a site; one for each user, where use is known of every installation.
    """
    match (license_type or DEVICE).strip().casefold():
        case "device" | "computer" | "installation":
            return installed
        case "site":
            return min(installed, 1)
        case "user":
            return users if metered >= installed else None
    return None


def standing(bought: int | None, need: int | None, until: str | None, today: date) -> str:
    """Return how licences stand. Those that are over count for none, where any is needed."""
    if bought is None or need is None:
        return NOT_COUNTED
    if need and until and until < today.isoformat():
        return EXPIRED
    if need > bought:
        return OVER
    return UNDER if need < bought else EVEN
