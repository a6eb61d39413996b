"""The high-water marks outside the databases: what this user last saw at each place (F16).

A mark belongs to a server *and* a place. At its place it shows an older copy that was put back, a rewritten audit, and
a database that is not there any more; a copy at another place has a mark of its own, and none of the two the other's.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

from itmsctl.cmdb.home import SQLITE, Home, this_machine
from itmsctl.errors import DatabaseGoneError, DatabaseOlderThanSeenError, StateDirUnsafeError
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import shell_arg


@dataclass(frozen=True)
class HighWaterMark:
    """How far a database had come: its epoch, the number of its last change-set, and that one's hash."""

    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True)
class Spotted:
    """What was seen at one place. `moved_to` is where it went, where that is known."""

    home: Home
    server_guid: str
    mark: HighWaterMark
    live: bool
    moved_to: str = ""


@dataclass(frozen=True)
class Marks:
    """What was seen at every place, as it stood at one moment."""

    known: dict[str, Spotted] = field(default_factory=dict)

    def at(self, home: Home) -> Spotted | None:
        """Return what was last seen at a place, or None."""
        return self.known.get(home.id) or next((s for s in self.known.values() if s.home.is_here(home)), None)

    def of(self, server_guid: str, home: Home) -> HighWaterMark | None:
        """Return what was last seen of a server's database at a place, or None."""
        found = self.at(home)
        return found.mark if found and found.server_guid == server_guid else None

    def newer(self, server_guid: str, here: Home, epoch: int) -> Home | None:
        """Return the other place where a server's database was made the live one in a later epoch, or None."""
        for spotted in self.known.values():
            later = spotted.live and spotted.server_guid == server_guid and spotted.mark.epoch > epoch
            if later and not spotted.home.is_here(here) and not spotted.home.is_same_thing(here):
                return spotted.home
        return None

    def last_epoch(self, server_guid: str) -> int:
        """Return the latest epoch of a server's databases, wherever they were seen; 0 for none."""
        return max((s.mark.epoch for s in self.known.values() if s.server_guid == server_guid), default=0)

    def check(
        self,
        server_guid: str,
        now: HighWaterMark,
        has_hash: Callable[[int, str], bool],
        place: str,
        *homes: Home | None,
    ) -> None:
        """Refuse a live database that stands behind what was seen of it at one of `homes`, or has another past.

        `has_hash` tells whether it holds a change-set of this number and hash. Raises DatabaseOlderThanSeenError.
        """
        for known in (self.of(server_guid, home) for home in homes if home is not None):
            if known is not None and now.epoch <= known.epoch:
                _refuse_behind(now, known, has_hash, place)

    def refuse_gone(self, home: Home, place: str, what: str = "is not there") -> None:
        """Refuse a place where nothing stands, although a database with changes was seen there.

        Raises DatabaseGoneError.
        """
        known = self.at(home)
        if known is None or not known.mark.seq:
            return
        # It may have been moved on, or back, since: only what stands there is worth naming.
        moved = known.moved_to if os.access(known.moved_to, os.F_OK) else ""
        went = f"; it was moved to {moved}" if moved else ""
        named = f"--db {shell_arg(place)} " if "***" not in place else ""
        there = f"itmsctl --db {shell_arg(moved)} db status; or, where that is not the one: " if moved else ""
        raise DatabaseGoneError(
            f"{place} {what}, but change {known.mark.seq} was seen in it before{went}; nothing was made",
            why="is its disk mounted? Was it moved, dropped or cut?",
            hint=f"{there}itmsctl {named}db restore --from BACKUP; or, to begin again: itmsctl {named}db init",
            details={"seq": 0, "seen": known.mark.seq},
        )


def _refuse_behind(now: HighWaterMark, known: HighWaterMark, has_hash: Callable[[int, str], bool], place: str) -> None:
    if now.epoch < known.epoch or now.seq < known.seq:
        found, seen = (
            (f"epoch {now.epoch}", f"epoch {known.epoch}")
            if now.epoch < known.epoch
            else (f"change {now.seq}", f"change {known.seq}")
        )
        raise DatabaseOlderThanSeenError(
            f"{place} stands at {found}, but {seen} was seen before: it is an older copy",
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


@dataclass(frozen=True, eq=False, repr=False)
class SeenPlaces:
    """What this user last saw at each place, in `seen.json` of the state folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """Return the file."""
        return self.folder / "seen.json"

    def marks(self) -> Marks:
        """Return what was seen up to now. Ask before the database is read: others may write between the two.

        Raises StateDirUnsafeError where the file cannot be read.
        """
        return Marks({s.home.id: s for s in map(_spotted, self._load().values())})

    def mark(self, server_guid: str, home: Home) -> HighWaterMark | None:
        """Return what was last seen of a server's database at a place, or None."""
        return self.marks().of(server_guid, home)

    def note(
        self, server_guid: str, mark: HighWaterMark, home: Home, *, live: bool, came_from: Home | None = None
    ) -> None:
        """Remember how far a database has come at a place. Never goes back within an epoch. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked():
            known = self._load()
            last = known.get(home.id)
            same = last is not None and (last["server"], last["live"]) == (server_guid, live)
            if last is not None and same and (last["epoch"], last["seq"]) >= (mark.epoch, mark.seq):
                return
            if live:
                _give_up(known, server_guid, home, came_from)
            known[home.id] = vars(home) | vars(mark) | {"server": server_guid, "live": live, "moved_to": ""}
            self._store(known)

    def forget(self, home: Home) -> None:
        """Forget what was seen at a place: a database is begun again there. Raises OSError."""
        if not self.path.exists():
            return
        with self._locked():
            known = {id_: one for id_, one in self._load().items() if not _spotted(one).home.is_here(home)}
            self._store(known)

    def _store(self, known: dict[str, dict[str, Any]]) -> None:
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
            return dict(_read(loaded))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise StateDirUnsafeError(
                f"{self.path} cannot be read, so an older copy of a database would go unnoticed",
                why=str(error),
                hint=f"itmsctl db check, then rm {shell_arg(str(self.path))}",
            ) from error


def _read(loaded: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, one in loaded.items():
        if "server" in one:
            _spotted(one)
            yield id_, one
        elif str(one["place"]).startswith("/"):  # from before marks belonged to places
            home = Home(SQLITE, one["place"], one["place"], this_machine())
            mark = HighWaterMark(one["epoch"], one["seq"], one["hash"])
            yield home.id, vars(home) | vars(mark) | {"server": id_, "live": True, "moved_to": ""}


def _spotted(one: dict[str, Any]) -> Spotted:
    home = Home(*(str(one[name]) for name in ("engine", "text", "key", "machine", "thing")))
    mark = HighWaterMark(int(one["epoch"]), int(one["seq"]), str(one["hash"]))
    return Spotted(home, str(one["server"]), mark, bool(one["live"]), str(one.get("moved_to", "")))


def _give_up(known: dict[str, dict[str, Any]], server_guid: str, home: Home, came_from: Home | None) -> None:
    """Mark the other places of a server: a database lives at one."""
    for one in known.values():
        place = _spotted(one).home
        if one["server"] == server_guid and not place.is_here(home):
            one["live"] = False
            if came_from is not None and place.is_here(came_from):
                one["moved_to"] = home.text
