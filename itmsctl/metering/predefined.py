"""What of metering comes with a new database: disabled, and without a way to computers, so harmless until enabled."""

from __future__ import annotations

from itmsctl.metering.kinds import DENY, METER
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.values.predefined import PredefinedObject

_GAMES = (
    "freecell.exe",
    "mshearts.exe",
    "sol.exe",
    "spider.exe",
    "winmine.exe",
    "aisleriot",
    "gnome-mines",
    "quadrapassel",
)


def predefined() -> tuple[PredefinedObject, ...]:
    """Return them (hook)."""
    return (
        _policy("all-programs", METER, ["*"], "Every program that is used: sums by day."),
        _policy(
            "denied-programs", DENY, list(_GAMES), "The blacklist (MTR-5): games of Windows and GNOME. Name your own."
        ),
    )


def _policy(name: str, action: str, files: list[str], description: str) -> PredefinedObject:
    fields = {"action": action, "files": files, "target": EVERYTHING, "enabled": False, "description": description}
    return PredefinedObject("metering-policy", name, fields)
