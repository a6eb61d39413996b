"""Jobs at times beside lines of cron: timers of systemd, and the scripts of `/etc/cron.daily` and its sisters."""

from __future__ import annotations

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.looks.units import settings, unit_files
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError

_WHEN = ("OnCalendar", "OnBootSec", "OnStartupSec", "OnActiveSec", "OnUnitActiveSec", "OnUnitInactiveSec")
_OFTEN = ("hourly", "daily", "weekly", "monthly", "yearly")


def scheduled_jobs(probe: Probe) -> Rows:
    """Return timers, and scripts that run so often."""
    rows: Rows = []
    wanted = {path.rpartition("/")[2] for path in probe.files("/etc/systemd/system/*.wants/*.timer")}
    for name, path in unit_files(probe, ".timer").items():
        try:
            told = settings(probe, path)
        except UnreadError:
            continue
        times = [f"{key}={told[key]}" if key != "OnCalendar" else told[key] for key in _WHEN if key in told]
        rows += filled(
            {
                "source": "systemd",
                "name": name[: -len(".timer")],
                "schedule": ", ".join(times),
                "command": told.get("Unit") or name[: -len(".timer")] + ".service",
                "is_enabled": name in wanted,
            }
        )
    for often in _OFTEN:
        for name in probe.names(f"/etc/cron.{often}"):
            if not name.startswith(".") and name != "0anacron":
                path = f"/etc/cron.{often}/{name}"
                rows += filled(
                    {
                        "source": f"/etc/cron.{often}",
                        "name": name,
                        "user": "root",
                        "schedule": often,
                        "command": path,
                        "is_enabled": True,
                    }
                )
    return rows


def startup_items(probe: Probe) -> Rows:
    """Return what starts with a session of a desktop, and what `rc.local` starts."""
    rows: Rows = []
    for path in [*probe.files("/etc/xdg/autostart/*.desktop"), *probe.files("/home/*/.config/autostart/*.desktop")]:
        try:
            told = settings(probe, path)
        except UnreadError:
            continue
        user = path.split("/")[2] if path.startswith("/home/") else None
        rows += filled(
            {
                "source": path.rpartition("/")[0],
                "name": path.rpartition("/")[2],
                "command": told.get("Exec"),
                "user": user,
                "is_enabled": told.get("Hidden", "").lower() != "true",
            }
        )
    for path in ("/etc/rc.local", "/etc/rc.d/rc.local"):
        found = probe.status(path)
        if found is not None:
            rows += [{"source": path, "name": "rc.local", "command": path, "is_enabled": bool(found.st_mode & 0o111)}]
    return rows
