"""The high-water mark outside the database: a restored older copy, or a rewritten audit, is noticed (F16)."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.errors import DatabaseOlderThanSeenError, StateDirUnsafeError


@dataclass(frozen=True)
class Mark:
    """How far a database had come: its epoch, the number of its last change-set, and that one's hash."""

    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True)
class Marks:
    """What was seen of every database, as it stood at one moment."""

    known: dict[str, dict[str, Any]]

    def of(self, server_guid: str) -> Mark | None:
        """Answer what was last seen of a database, or none."""
        known = self.known.get(server_guid)
        return Mark(known["epoch"], known["seq"], known["hash"]) if known else None

    def check(self, server_guid: str, now: Mark, has_hash: Callable[[int, str], bool], place: str) -> None:
        """Refuse a database that stands behind what was seen of it, or has another past (`has_hash` tells it).

        Raises DatabaseOlderThanSeenError.
        """
        known = self.of(server_guid)
        if known is None or now.epoch > known.epoch:
            return
        if now.epoch < known.epoch or now.seq < known.seq:
            raise DatabaseOlderThanSeenError(
                f"{place} stands at change {now.seq}, but change {known.seq} was seen before: it is an older copy",
                hint="put the newer database back, or say that this copy counts: itmsctl db adopt-restore",
                details={"seq": now.seq, "seen": known.seq, "epoch": now.epoch, "seen_epoch": known.epoch},
            )
        if known.seq and not has_hash(known.seq, known.hash):
            raise DatabaseOlderThanSeenError(
                f"{place} holds another change {known.seq} than the one seen before: its past was replaced",
                why="an older copy was put back and changed since, or the audit was rewritten",
                hint="put the right database back, or say that this copy counts: itmsctl db adopt-restore",
                details={"seq": now.seq, "seen": known.seq},
            )

    def refuse_emptied(self, place: str) -> None:
        """Refuse an empty file where a database was seen before: it was cut, not never made.

        Raises DatabaseOlderThanSeenError.
        """
        for known in self.known.values():
            if known["place"] == place and known["seq"]:
                raise DatabaseOlderThanSeenError(
                    f"{place} is empty, but change {known['seq']} was seen in it before",
                    hint=f"itmsctl db restore --from BACKUP; or, to start anew: rm {place}",
                    details={"seq": 0, "seen": known["seq"]},
                )


@dataclass(frozen=True)
class Seen:
    """What this user last saw of each database, in `seen.json` of the state folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """Answer the file."""
        return self.folder / "seen.json"

    def marks(self) -> Marks:
        """Answer what was seen up to now. Ask before the database is read: others may write between the two.

        Raises StateDirUnsafeError where the file cannot be read.
        """
        return Marks(self._load())

    def mark(self, server_guid: str) -> Mark | None:
        """Answer what was last seen of a database, or none."""
        return self.marks().of(server_guid)

    def note(self, server_guid: str, mark: Mark, place: str) -> None:
        """Remember how far a database has come. Never goes back within an epoch. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked():
            known = self._load()
            last = known.get(server_guid)
            if last and (last["epoch"], last["seq"]) >= (mark.epoch, mark.seq):
                return
            known[server_guid] = {"epoch": mark.epoch, "seq": mark.seq, "hash": mark.hash, "place": place}
            fresh = self.path.with_suffix(".new")
            # Not forced to the disk: after a power cut the mark may be a little behind, which refuses nothing wrongly.
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
                file.write(json.dumps(known, sort_keys=True))
            fresh.replace(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self.folder / "seen.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8")
            loaded = json.loads(text) if text else {}  # a power cut may leave the new file empty
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StateDirUnsafeError(
                f"{self.path} cannot be read, so an older copy of a database would go unnoticed",
                why=str(error),
                hint=f"itmsctl db check, then rm {self.path}",
            ) from error
        return loaded if isinstance(loaded, dict) else {}
