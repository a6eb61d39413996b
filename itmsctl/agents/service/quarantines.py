"""What could not be believed, put aside: as much as somebody will look at, so that nobody fills a disk with it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from itmsctl.cmdb.store import Store
from itmsctl.inventory.inbox import QUARANTINE, REASON
from itmsctl.inventory.service.inbox_files import InboxFile
from itmsctl.values.times import to_text

MOST_FILES, MOST_BYTES = 10_000, 1 << 30
"""What the quarantine of an inbox may hold; events beyond it are taken away unread."""


class Held(NamedTuple):
    """What a quarantine holds."""

    files: int
    size: int

    @property
    def is_full(self) -> bool:
        """Return whether nothing more is put into it."""
        return self.files >= MOST_FILES or self.size >= MOST_BYTES


def held(inbox: Path) -> Held:
    """Return what the quarantine of an inbox holds."""
    files = size = 0
    with suppress(OSError), os.scandir(inbox / QUARANTINE) as entries:
        for entry in entries:
            with suppress(OSError):
                size += entry.stat(follow_symlinks=False).st_size
                files += not entry.name.endswith(REASON)
    return Held(files, size)


class Quarantines:
    """The quarantines of the inboxes of one collecting; each is counted once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[Path, Held] = {}

    def put(self, file: InboxFile, why: str) -> str:
        """Put a file aside, or take it away where there is no room; return why, and where. Raises StorageError."""
        assert file.folder is not None
        inbox = file.folder.path
        there = self._held.get(inbox) or held(inbox)
        if there.is_full:
            file.remove()
            self._held[inbox] = there
            return f"{why}; it was not kept: the quarantine is full"
        at = to_text(self._store.clock())
        place = file.put_aside({"file": file.name, "sha256": file.digest, "why": why, "at": at})
        self._held[inbox] = Held(there.files + 1, there.size + file.size)
        return f"{why}; {place}" if place else why
