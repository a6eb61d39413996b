"""The high-water mark outside the database: a restored older copy is noticed (F16)."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.errors import DatabaseOlderThanSeenError


@dataclass(frozen=True)
class Seen:
    """What this user last saw of each database, in `seen.json` of the state folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """Answer the file."""
        return self.folder / "seen.json"

    def check(self, server_guid: str, seq: int, epoch: int, place: str) -> None:
        """Refuse a database that stands behind what was seen of it.

        Raises DatabaseOlderThanSeenError.
        """
        known = self._load().get(server_guid)
        if known is None or epoch > known["epoch"] or seq >= known["seq"]:
            return
        raise DatabaseOlderThanSeenError(
            f"{place} stands at change {seq}, but change {known['seq']} was seen before: it is an older copy",
            hint="put the newer database back, or say that this copy counts: itmsctl db adopt-restore",
            details={"seq": seq, "seen": known["seq"]},
        )

    def note(self, server_guid: str, seq: int, epoch: int) -> None:
        """Remember how far a database has come. Never goes back within an epoch."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.folder / "seen.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self._load()
            last = known.get(server_guid)
            if last and (last["epoch"], last["seq"]) >= (epoch, seq):
                return
            known[server_guid] = {"epoch": epoch, "seq": seq}
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(known, sort_keys=True), encoding="utf-8")
            fresh.replace(self.path)
        finally:
            os.close(lock)

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            loaded = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return loaded if isinstance(loaded, dict) else {}
