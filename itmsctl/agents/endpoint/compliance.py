"""What this computer knows of the software that deliveries are about, also while it reaches nobody: states."""

from __future__ import annotations

import json
from typing import Any

from itmsctl.agents.endpoint.home import AgentHome
from itmsctl.inventory.endpoint.own_files import write_whole

COMPLIANCE = "compliance.json"


class Compliance:
    """The states of software as they were seen here last, and what waits for a restart."""

    def __init__(self, home: AgentHome) -> None:
        self.home = home
        self.kept: dict[str, Any] = home.json(COMPLIANCE)

    def note(self, seen: dict[str, Any]) -> None:
        """Keep what was seen of software; since when it is so stays where it was so before. Raises OSError."""
        before = self.kept.get(seen["software"])
        is_same = isinstance(before, dict) and before.get("state") == seen["state"]
        since = before["since"] if is_same and before else seen["at"]
        self.kept[str(seen["software"])] = {**seen, "since": since}
        write_whole(self.home.path(COMPLIANCE), json.dumps(self.kept, sort_keys=True).encode(), 0o600)

    def waits(self, software: str, action: str, boot: str) -> bool:
        """Return whether software waits for a restart still: the one that an action asked for in this boot."""
        found = self.kept.get(software) or {}
        return bool(boot) and (found.get("boot"), found.get("action")) == (boot, action)


def boot_id() -> str:
    """Return which boot of this computer it is; empty where nothing says it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            return stream.read(64).strip()
    except OSError:
        return ""
