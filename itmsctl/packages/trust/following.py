"""How a signed catalogue is believed: from what was trusted before, forward, and never back.

It is the client's workflow of The Update Framework (section 5 of its specification), over a function that gives at most
so many bytes of a file. One moment counts for all of it. What was trusted is an argument and a result; who keeps it
writes it last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from itmsctl.errors import (
    CatalogExpiredError,
    CatalogMismatchError,
    CatalogMissingError,
    CatalogRollbackError,
    CatalogVersionJumpError,
    ClockBehindError,
)
from itmsctl.packages.trust.envelope import SignedFile, believed, opened
from itmsctl.packages.trust.metadata import (
    CATALOGUE,
    ROOT,
    SNAPSHOT,
    TIMESTAMP,
    CatalogueRecord,
    NamedFile,
    Record,
    RoleKeys,
    RootRecord,
    SnapshotRecord,
    TimestampRecord,
)
from itmsctl.packages.trust.written import damaged, sha256
from itmsctl.values.times import to_text

Source = Callable[[str, int], bytes | None]  # a file by its name, at most so many bytes of it; None where it is not
_R = TypeVar("_R", bound=Record)

MAX_ROOT, MAX_TIMESTAMP, MAX_SNAPSHOT, MAX_CATALOGUE = 512 << 10, 16 << 10, 16 << 10, 64 << 20
MAX_ROOTS = 256  # that one look goes forward
MOST_AHEAD = 1000  # versions: a stolen key must not use them up
SLACK = timedelta(hours=1)  # by which clocks of machines differ


@dataclass(frozen=True, slots=True)
class VersionMark:
    """How far a role had come, and which keys said so."""

    version: int
    sha256: str
    keys: RoleKeys


@dataclass(frozen=True, slots=True)
class TrustedState:
    """What was trusted at last: the root as it is written, how far each role had come, and when that was."""

    root: bytes
    marks: Mapping[str, VersionMark] = field(default_factory=dict)
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Believed:
    """What is trusted now, and what it says."""

    state: TrustedState
    root: RootRecord
    timestamp: TimestampRecord
    snapshot: SnapshotRecord
    catalogue: CatalogueRecord


def follow(state: TrustedState, source: Source, now: datetime, *, stale: bool = False) -> Believed:
    """Return what can be believed of the files now, or raise: what was trusted stays as it is then.

    `stale` lets through what has expired: for who signs it again, and for nobody else.

    Raises ClockBehindError, CatalogMissingError, CatalogDamagedError, CatalogSignatureError, CatalogRollbackError,
    CatalogVersionJumpError, CatalogExpiredError, CatalogMismatchError.
    """
    refuse_past(state, now)
    root, root_bytes = newest_root(state.root, source)
    until = datetime.min.replace(tzinfo=UTC) if stale else now
    _refuse_expired(root, ROOT, until)
    marks = surviving(state.marks, root)

    data = _bounded(source, f"{TIMESTAMP}.json", MAX_TIMESTAMP)
    timestamp = _taken(opened(data, TIMESTAMP, f"{TIMESTAMP}.json"), data, root, marks, TimestampRecord)
    _refuse_expired(timestamp, TIMESTAMP, until)

    data = _as_named(source, SNAPSHOT, timestamp.snapshot, MAX_SNAPSHOT)
    snapshot = _taken(opened(data, SNAPSHOT, f"{SNAPSHOT}.json"), data, root, marks, SnapshotRecord)
    _refuse_other(snapshot, timestamp.snapshot, SNAPSHOT)
    _refuse_expired(snapshot, SNAPSHOT, until)

    data = _as_named(source, CATALOGUE, snapshot.catalogue, MAX_CATALOGUE)
    catalogue = _taken(opened(data, CATALOGUE, f"{CATALOGUE}.json"), data, root, marks, CatalogueRecord)
    _refuse_other(catalogue, snapshot.catalogue, CATALOGUE)
    _refuse_expired(catalogue, CATALOGUE, until)

    seen = now if state.seen is None else max(now, state.seen)
    return Believed(TrustedState(root_bytes, marks, seen), root, timestamp, snapshot, catalogue)


def refuse_past(state: TrustedState, now: datetime) -> None:
    """Raise ClockBehindError where it is earlier now than it was: what has expired would look fresh."""
    if state.seen is not None and now < state.seen - SLACK:
        raise ClockBehindError(
            f"the clock of this machine is behind: it is {to_text(now)}, but {to_text(state.seen)} was seen before",
            why="an expired catalogue of packages would look fresh",
            hint="set the clock: timedatectl; where the time that was seen is wrong: "
            "itmsctl package-catalogue verify --trust-again",
            details={"now": to_text(now), "last_seen": to_text(state.seen)},
        )


def first_root(data: bytes) -> RootRecord:
    """Return a root that was trusted before, or is to be from now on: it has to hold by itself. Raises as `follow`."""
    file = opened(data, ROOT, "root.json")
    root = file.record()
    assert isinstance(root, RootRecord)
    believed(file, root)
    return root


def newest_root(trusted: bytes, source: Source) -> tuple[RootRecord, bytes]:
    """Return the newest root that follows from a trusted one, each signed by the one before and by itself."""
    root, data = first_root(trusted), trusted
    for _ in range(MAX_ROOTS):
        name = f"{root.version + 1}.{ROOT}.json"
        offered = source(name, MAX_ROOT + 1)
        if offered is None:
            return root, data
        if len(offered) > MAX_ROOT:
            raise damaged(name, f"it is longer than {MAX_ROOT} bytes")
        file = opened(offered, ROOT, name)
        following = believed(file, root)
        assert isinstance(following, RootRecord)
        believed(file, following)
        if following.version != root.version + 1:
            raise CatalogRollbackError(
                f"{name} says that it is root {following.version}: roots follow one another without a gap",
                hint="itmsctl package-catalogue show; put the files back from a backup",
                details={"offered": following.version, "trusted": root.version, "role": ROOT},
            )
        root, data = following, offered
    raise damaged(f"{root.version + 1}.{ROOT}.json", f"more than {MAX_ROOTS} roots after the trusted one")


def surviving(marks: Mapping[str, VersionMark], root: RootRecord) -> dict[str, VersionMark]:
    """Return the marks that still bind: one whose keys were taken away, as many as had to sign, is void.

    So a role whose key was stolen, and its version driven up, begins again below with another key.
    """
    kept = {}
    for role, mark in marks.items():
        gone = mark.keys.key_ids - root.roles[role].key_ids
        if len(gone) < mark.keys.threshold:
            kept[role] = mark
    return kept


def _taken(file: SignedFile, data: bytes, root: RootRecord, marks: dict[str, VersionMark], of: type[_R]) -> _R:
    """Return a record that is signed and does not go back, and note its mark."""
    record = believed(file, root)
    assert isinstance(record, of)
    mark, digest = marks.get(file.role), sha256(data)
    if mark is not None:
        _refuse_back(record.version, digest, mark, file)
    marks[file.role] = VersionMark(record.version, digest, root.roles[file.role])
    return record


def _refuse_back(version: int, digest: str, mark: VersionMark, file: SignedFile) -> None:
    details = {"offered": version, "trusted": mark.version, "role": file.role}
    if version < mark.version:
        raise CatalogRollbackError(
            f"an older catalogue of packages is offered: {file.role} offered={version} trusted={mark.version}",
            why="an older copy was put back, or a server holds back what is newer",
            hint="put the newer files back; itmsctl package-catalogue show",
            details=details,
        )
    if version == mark.version and digest != mark.sha256:
        raise CatalogRollbackError(
            f"another catalogue of packages of the same version is offered: {file.role} offered={version} "
            f"trusted={mark.version}",
            why="an older copy was put back and went on by itself, or two places publish at once",
            hint="put the right files back; itmsctl package-catalogue show",
            details=details,
        )
    if version > mark.version + MOST_AHEAD:
        raise CatalogVersionJumpError(
            f"the version of the catalogue of packages jumps: {file.role} offered={version} trusted={mark.version}",
            why=f"nobody publishes {MOST_AHEAD} times between two looks: a key may be in wrong hands",
            hint=f"if it is: itmsctl package-key rotate --role {file.role}; if it is right: "
            "itmsctl package-catalogue verify --trust-again",
            details=details,
        )


def _refuse_expired(record: Record, role: str, now: datetime) -> None:
    if now >= record.expires:
        raise CatalogExpiredError(
            f"the catalogue of packages has expired: {role} {record.version} was good until {to_text(record.expires)}",
            why="it may be held back while a newer one is there",
            hint="itmsctl package-catalogue renew",
            details={"role": role, "version": record.version, "expires": to_text(record.expires)},
        )


def _refuse_other(record: Record, name: NamedFile, role: str) -> None:
    if record.version != name.version:
        raise CatalogMismatchError(
            f"{role} {record.version} of the catalogue of packages is not the {name.version} that is named",
            hint="itmsctl package-catalogue show; put the files back from a backup",
            details={"role": role, "offered": record.version, "named": name.version},
        )


def _bounded(source: Source, name: str, most: int) -> bytes:
    data = source(name, most + 1)
    if data is None:
        raise CatalogMissingError(
            f"{name} of the catalogue of packages is not there",
            why="files of the library were lost, or are not all copied yet",
            hint="put the files back from a backup; itmsctl package-catalogue show",
            details={"file": name},
        )
    if len(data) > most:
        raise damaged(name, f"it is longer than {most} bytes")
    return data


def _as_named(source: Source, role: str, name: NamedFile, most: int) -> bytes:
    """Return the file that another one names, of its length and digest. No byte more than that is asked for."""
    file = f"{name.version}.{role}.json"
    if name.length > most:
        raise damaged(file, f"it is to be longer than {most} bytes")
    data = _bounded(source, file, name.length) if name.length < most else _bounded(source, file, most)
    found = sha256(data)
    if len(data) != name.length or found != name.sha256:
        raise CatalogMismatchError(
            f"{file} of the catalogue of packages is not the one that is named",
            why=f"want {name.length} bytes of {name.sha256[:16]}.., got {len(data)} of {found[:16]}..",
            hint="itmsctl package-catalogue show; put the files back from a backup",
            details={"file": file, "want": name.sha256, "got": found},
        )
    return data
