"""Cases of SZ-515."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy, window

FIRES: Fires = {
    "each start": (
        design(policy(daily="12:00"), window(kind="blockout", daily="08:00", duration_s=10 * 3600)),
        ["p"],
    ),
    "one that is longer than a day": (
        design(policy(weekly="tuesday 12:00"), window(kind="blockout", weekly="monday 08:00", duration_s=3 * 86400)),
        ["p"],
    ),
}
QUIET: Quiet = {
    "at night": design(policy(daily="22:00"), window(kind="blockout", daily="08:00", duration_s=10 * 3600)),
    "some starts": design(policy(every_s=3 * 3600), window(kind="blockout", daily="08:00")),
    "maintenance": design(policy(daily="12:00"), window(daily="08:00", duration_s=10 * 3600)),
    "out of use": design(
        policy(daily="12:00"), window(kind="blockout", daily="08:00", duration_s=36000, enabled=False)
    ),
    "at its end": design(policy(daily="18:00"), window(kind="blockout", daily="08:00", duration_s=10 * 3600)),
}
