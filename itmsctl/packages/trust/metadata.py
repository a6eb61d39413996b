"""What the four files of a signed catalogue say: root, timestamp, snapshot and targets of The Update Framework 1.0.

`root` says which keys sign for which role. `targets` is the catalogue: of each package and revision the length and the
digest of its manifest. `snapshot` names that catalogue, and `timestamp`, which expires first, names that snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from itmsctl.packages.trust import roles
from itmsctl.packages.trust.keys import VerifyKey, key_of
from itmsctl.packages.trust.written import as_digest, as_number, as_object, as_text, damaged, sha256

ROOT, TIMESTAMP, SNAPSHOT, CATALOGUE = ROLES = roles.ROLES
SPEC = "1.0.31"
OURS = "x_itmsctl"  # what this program adds; other readers of the form pass over it
OFF, STEPS, PEOPLE = APPROVALS = ("off", "steps", "people")
MAX_KEYS = 64
_WHEN = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of metadata as another one names it."""

    version: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Who signs for a role, and how many of them have to."""

    key_ids: frozenset[str]
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class KeyNote:
    """What people know a key by."""

    name: str
    made_by: str
    made_at: str


@dataclass(frozen=True, slots=True)
class RootRecord:
    """Which keys sign for which role, and what has to happen before a package is published."""

    version: int
    expires: datetime
    keys: Mapping[str, VerifyKey]
    roles: Mapping[str, RoleKeys]
    approval: str = OFF
    notes: Mapping[str, KeyNote] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimestampRecord:
    """Which snapshot is the newest."""

    version: int
    expires: datetime
    snapshot: NamedFile


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """Which catalogue is the newest."""

    version: int
    expires: datetime
    catalogue: NamedFile


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A published revision of a package: its manifest by length and digest, and who let it through."""

    length: int
    sha256: str
    version: str
    steps: Mapping[str, str] = field(default_factory=dict)  # imported_by, approved_by, published_by


@dataclass(frozen=True, slots=True)
class CatalogueRecord:
    """All published packages, by `NAME/REVISION`."""

    version: int
    expires: datetime
    entries: Mapping[str, CatalogueEntry]


Record: TypeAlias = RootRecord | TimestampRecord | SnapshotRecord | CatalogueRecord


def place(name: str, revision: int) -> str:
    """Return what a revision of a package is known by in the catalogue."""
    return f"{name}/{revision}"


def named(version: int, data: bytes) -> NamedFile:
    """Return how another file names this one."""
    return NamedFile(version, len(data), sha256(data))


# --- written ----------------------------------------------------------------------------------------------------------


def signed_form(record: Record) -> dict[str, Any]:
    """Return the part of a file that is signed."""
    match record:
        case RootRecord():
            return _head(ROOT, record) | _root_form(record)
        case TimestampRecord():
            return _head(TIMESTAMP, record) | {"meta": {"snapshot.json": _named_form(record.snapshot)}}
        case SnapshotRecord():
            return _head(SNAPSHOT, record) | {"meta": {"targets.json": _named_form(record.catalogue)}}
        case CatalogueRecord():
            return _head(CATALOGUE, record) | {"targets": {k: _entry_form(v) for k, v in record.entries.items()}}


def _head(role: str, record: Record) -> dict[str, Any]:
    expires = record.expires.astimezone(UTC).strftime(_WHEN)
    return {"_type": role, "spec_version": SPEC, "version": record.version, "expires": expires}


def _root_form(record: RootRecord) -> dict[str, Any]:
    notes = {k: {"name": n.name, "made_by": n.made_by, "made_at": n.made_at} for k, n in record.notes.items()}
    return {
        "consistent_snapshot": True,
        "keys": {key_id: key.as_dict() for key_id, key in record.keys.items()},
        "roles": {
            name: {"keyids": sorted(role.key_ids), "threshold": role.threshold} for name, role in record.roles.items()
        },
        OURS: {"approval": record.approval, "keys": notes},
    }


def _named_form(one: NamedFile) -> dict[str, Any]:
    return {"version": one.version, "length": one.length, "hashes": {"sha256": one.sha256}}


def _entry_form(one: CatalogueEntry) -> dict[str, Any]:
    custom = {"version": one.version, "steps": dict(one.steps)}
    return {"length": one.length, "hashes": {"sha256": one.sha256}, "custom": custom}


# --- read -------------------------------------------------------------------------------------------------------------


def record_of(role: str, signed: Mapping[str, Any], what: str) -> Record:
    """Return what the signed part of a file says. Raises CatalogDamagedError."""
    if signed.get("_type") != role:
        raise damaged(what, f"it is not metadata of the role {role}")
    spec = as_text(signed.get("spec_version"), what)
    if not spec.startswith("1."):
        raise damaged(what, "it is of another version of the form")
    version, expires = as_number(signed.get("version"), what), _moment(signed.get("expires"), what)
    match role:
        case "root":
            return _read_root(version, expires, signed, what)
        case "timestamp":
            return TimestampRecord(version, expires, _read_meta(signed, "snapshot.json", what))
        case "snapshot":
            return SnapshotRecord(version, expires, _read_meta(signed, "targets.json", what))
    entries = as_object(signed.get("targets"), what)
    return CatalogueRecord(version, expires, {path: _read_entry(one, what) for path, one in entries.items()})


def _moment(value: Any, what: str) -> datetime:
    try:
        return datetime.strptime(as_text(value, what), _WHEN).replace(tzinfo=UTC)
    except ValueError:
        raise damaged(what, "its date of expiry cannot be read") from None


def _read_root(version: int, expires: datetime, signed: Mapping[str, Any], what: str) -> RootRecord:
    keys = as_object(signed.get("keys"), what)
    if len(keys) > MAX_KEYS:
        raise damaged(what, f"more than {MAX_KEYS} keys")
    roles = as_object(signed.get("roles"), what)
    if set(roles) != set(ROLES):
        raise damaged(what, f"the roles are not {', '.join(ROLES)}")
    read = {key_id: key_of(one, key_id, what) for key_id, one in keys.items()}
    ours = as_object(signed.get(OURS, {}), what)
    approval = ours.get("approval", PEOPLE)  # what this program does not know of is taken in the strictest way
    return RootRecord(
        version,
        expires,
        read,
        {name: _read_role(one, read, what) for name, one in roles.items()},
        approval if approval in APPROVALS else PEOPLE,
        {k: _read_note(n, what) for k, n in as_object(ours.get("keys", {}), what).items()},
    )


def _read_role(value: Any, keys: Mapping[str, VerifyKey], what: str) -> RoleKeys:
    role = as_object(value, what)
    ids = role.get("keyids")
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids) or len(set(ids)) != len(ids):
        raise damaged(what, "the keys of a role are not a list of different ids")
    if not set(ids) <= set(keys):
        raise damaged(what, "a role names a key that is not there")
    return RoleKeys(frozenset(ids), as_number(role.get("threshold"), what, 1, MAX_KEYS))


def _read_note(value: Any, what: str) -> KeyNote:
    note = as_object(value, what)
    return KeyNote(*(as_text(note.get(field), what) for field in ("name", "made_by", "made_at")))


def _read_meta(signed: Mapping[str, Any], file: str, what: str) -> NamedFile:
    meta = as_object(signed.get("meta"), what)
    if set(meta) != {file}:
        raise damaged(what, f"it has to name {file} alone")
    one = as_object(meta[file], what)
    digest = as_object(one.get("hashes"), what).get("sha256")
    return NamedFile(
        as_number(one.get("version"), what), as_number(one.get("length"), what, 1), as_digest(digest, what)
    )


def _read_entry(value: Any, what: str) -> CatalogueEntry:
    one = as_object(value, what)
    digest = as_digest(as_object(one.get("hashes"), what).get("sha256"), what)
    custom = as_object(one.get("custom", {}), what)
    steps = as_object(custom.get("steps", {}), what)
    return CatalogueEntry(
        as_number(one.get("length"), what),
        digest,
        as_text(custom.get("version", ""), what),
        {k: as_text(v, what) for k, v in steps.items()},
    )
