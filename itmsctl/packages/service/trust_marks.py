"""How far the signed catalogue had come: `trust.json` in the state folder, outside of the database, written last.

One process at a time reads it, follows the catalogue and writes it: so no mark goes back, whoever is quicker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from itmsctl.documents.files import replacing
from itmsctl.documents.locks import locked
from itmsctl.errors import IntegrityError, StateDirUnsafeError
from itmsctl.packages.trust.following import TrustedState, VersionMark, first_root
from itmsctl.packages.trust.metadata import RoleKeys
from itmsctl.packages.trust.written import as_digest, as_number, as_object, as_text, read
from itmsctl.values.times import from_text, to_text

NAME = "trust.json"
_MOST = 8 << 20
_SELDOM = timedelta(minutes=10)  # how far the time that was seen may lie behind


@dataclass
class TrustMarks:
    """What is trusted of the catalogue of one server."""

    folder: Path
    server_guid: str

    @property
    def path(self) -> Path:
        """Return the file."""
        return self.folder / NAME

    @contextmanager
    def held(self) -> Iterator[TrustMarks]:
        """Yield it while nobody else reads or writes the file. Raises StorageError."""
        with locked(self.folder / "trust.lock"):
            yield self

    def state(self) -> TrustedState | None:
        """Return what was trusted at last; None for nothing yet. Raises StateDirUnsafeError for a damaged file."""
        one = self._all().get(self.server_guid)
        if one is None:
            return None
        try:
            return _state_of(as_object(one, NAME))
        except (IntegrityError, ValueError) as error:
            raise self._unreadable(error) from error

    def keep(self, state: TrustedState) -> None:
        """Remember what is trusted now, unless it is the same but a little later. Raises StorageError."""
        known = self._all()
        last = known.get(self.server_guid)
        if last is not None and not _worth(_state_of(last), state):
            return
        self._store(known | {self.server_guid: _form_of(state)})

    def forget(self) -> bool:
        """Forget what was trusted; return whether there was something. Raises StorageError."""
        try:
            known = self._all()
        except StateDirUnsafeError:
            known = {self.server_guid: None}  # a damaged file says nothing of other servers either
        known.pop(self.server_guid, None)
        had = self.path.exists()
        if had:
            self._store(known)
        return had

    def _store(self, known: Mapping[str, Any]) -> None:
        with replacing(self.path) as stream:
            stream.write(json.dumps(known, sort_keys=True).encode("utf-8"))

    def _all(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                return read(file.read(_MOST), NAME)
        except FileNotFoundError:
            return {}
        except (OSError, IntegrityError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> StateDirUnsafeError:
        why = error.why if isinstance(error, IntegrityError) else str(error)
        return StateDirUnsafeError(
            f"{self.path} cannot be read, so an older catalogue of packages would go unnoticed",
            why=why,
            hint="itmsctl package-catalogue verify --trust-again",
        )


def _worth(last: TrustedState, now: TrustedState) -> bool:
    if last.root != now.root or last.marks != now.marks or last.seen is None or now.seen is None:
        return True
    return now.seen - last.seen >= _SELDOM


def _form_of(state: TrustedState) -> dict[str, Any]:
    marks = {
        role: {
            "version": mark.version,
            "sha256": mark.sha256,
            "keys": sorted(mark.keys.key_ids),
            "threshold": mark.keys.threshold,
        }
        for role, mark in state.marks.items()
    }
    seen = None if state.seen is None else to_text(state.seen)
    return {"root": state.root.decode("utf-8"), "marks": marks, "seen": seen}


def _state_of(form: Mapping[str, Any]) -> TrustedState:
    """Return a state as it was written. Raises CatalogDamagedError, InputError."""
    root = as_text(form.get("root"), NAME).encode("utf-8")
    first_root(root)
    marks = {
        role: VersionMark(
            as_number(mark.get("version"), NAME),
            as_digest(mark.get("sha256"), NAME),
            RoleKeys(frozenset(map(str, mark.get("keys", ()))), as_number(mark.get("threshold"), NAME)),
        )
        for role, mark in as_object(form.get("marks"), NAME).items()
    }
    seen = form.get("seen")
    return TrustedState(root, marks, None if seen is None else from_text(as_text(seen, NAME)))
