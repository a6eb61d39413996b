"""Host keys in the CMDB: read, pinned, retired, revoked; and which are shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.rows import resources
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.scope import scoped
from itmsctl.security import pins
from itmsctl.security.rows import host_keys
from itmsctl.transports.endpoint import HostKeyPin
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.lean import dataclass
from itmsctl.values.times import to_text

_PAGE = 500
_SHOWN = 5

KIND = "host-key"


@dataclass(frozen=True)
class Known:
    """A computer whose keys are meant."""

    id: int
    guid: str
    name: str


@dataclass(frozen=True)
class KeyRow:
    """A recorded key, for people."""

    key: HostKeyPin
    source: str
    since: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "name": self.key.fingerprint,
            "fingerprint": self.key.fingerprint,
            "key_type": self.key.key_type,
            "state": self.key.state,
            "source": self.source,
            "since": self.since,
        }


def computer(reader: Reader, name: str) -> Known:
    """Return the computer of a name or GUID. Raises NotFoundError that offers a near name."""
    doc = COMPUTERS.get(reader, name)
    return Known(doc.id, doc.guid, doc.name)


def keys_of(reader: Reader, computer_ids: Sequence[int]) -> dict[int, list[KeyRow]]:
    """Return every recorded key of computers, oldest first."""
    found: dict[int, list[KeyRow]] = {}
    for page in bulk.chunks(computer_ids, _PAGE):
        statement = (
            sa.select(host_keys)
            .where(host_keys.c.computer_id.in_(page))
            .order_by(host_keys.c.computer_id, host_keys.c.since, host_keys.c.fingerprint)
        )
        for row in reader.connection.execute(statement):
            key = HostKeyPin(row.key_type, row.fingerprint, bytes(row.blob), row.state)
            found.setdefault(row.computer_id, []).append(KeyRow(key, row.source, row.since))
    return found


def key_rows(reader: Reader, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield every recorded key of computers, with the name of its computer."""
    found = keys_of(reader, ids)
    for doc in COMPUTERS.docs(reader, ids):
        yield from ({"computer": doc.name, **row.as_dict()} for row in found.get(doc.id, ()))


def pins_of(reader: Reader, computer_ids: Sequence[int]) -> dict[int, tuple[HostKeyPin, ...]]:
    """Return what a transport has to know of computers' keys; a computer without any is left out."""
    return {id_: tuple(row.key for row in rows) for id_, rows in keys_of(reader, computer_ids).items()}


def accept(unit: UnitOfWork, computer: Known, seen: HostKeyPin, source: str) -> pins.PinDecision:
    """Pin a key of a computer; those pinned before retire. Raises HostKeyRevokedError."""
    before = pins_of(unit, [computer.id]).get(computer.id, ())
    change = pins.accept(before, seen)
    _store(unit, computer, before, change, source)
    return change


def accept_all(unit: UnitOfWork, seen: Iterable[tuple[Known, HostKeyPin]]) -> list[pins.PinDecision]:
    """Pin the keys that computers show, as a person decided. Raises HostKeyRevokedError; then none is pinned."""
    return [accept(unit, computer, key, "accept") for computer, key in seen]


def accept_new(unit: UnitOfWork, seen: Iterable[tuple[Known, HostKeyPin]]) -> int:
    """Pin the keys that computers without a pin showed at a first contact; return how many are new.

    A computer that got a pin meanwhile keeps that one: a first contact never replaces a decision.
    """
    wanted = list(seen)
    known = keys_of(unit, [computer.id for computer, _ in wanted])
    fresh = [(computer, key) for computer, key in wanted if computer.id not in known]
    for computer, key in fresh:
        _store(unit, computer, (), pins.accept((), key), "accept-new")
    return len(fresh)


def revoke(unit: UnitOfWork, computer: Known, fingerprint: str) -> pins.PinDecision:
    """Revoke a key of a computer. Raises NotFoundError, InputError."""
    before = pins_of(unit, [computer.id]).get(computer.id, ())
    change = pins.revoke(before, pins.check_fingerprint(fingerprint))
    _store(unit, computer, before, change, "accept")
    return change


def revoke_all(unit: UnitOfWork, ids: Sequence[int], fingerprint: str) -> list[tuple[Known, pins.PinDecision]]:
    """Revoke a key of every one of these computers that has it. Raises NotFoundError where none has, InputError."""
    wanted = pins.check_fingerprint(fingerprint)
    known = [Known(doc.id, doc.guid, doc.name) for doc in COMPUTERS.docs(unit, ids)]
    if len(known) > 1:
        have = {id_ for id_, keys in pins_of(unit, ids).items() if any(key.fingerprint == wanted for key in keys)}
        known = [one for one in known if one.id in have] or known[:1]
    return [(one, revoke(unit, one, wanted)) for one in known]


def _store(
    unit: UnitOfWork, computer: Known, before: Sequence[HostKeyPin], change: pins.PinDecision, source: str
) -> None:
    if not change.written:
        return
    known = {(k.key_type, k.fingerprint) for k in before}
    old = [k for k in change.written if (k.key_type, k.fingerprint) in known]
    new = [k for k in change.written if (k.key_type, k.fingerprint) not in known]
    bulk.update(
        unit.connection,
        "host_key",
        ("state", "changed_by"),
        ("computer_id", "key_type", "fingerprint"),
        [(k.state, unit.change_set_id, computer.id, k.key_type, k.fingerprint) for k in old],
    )
    now = bulk.moment(unit.connection, unit.now)
    bulk.insert(
        unit.connection,
        "host_key",
        ("computer_id", "key_type", "fingerprint", "blob", "state", "source", "changed_by", "since"),
        [(computer.id, k.key_type, k.fingerprint, k.blob, k.state, source, unit.change_set_id, now) for k in new],
    )
    unit.record("updated", KIND, computer.guid, computer.name, _document(before), _document(change.keys))
    seal(unit, [computer.id])


def _document(keys: Sequence[HostKeyPin]) -> dict[str, str]:
    return {f"{key.key_type} {key.fingerprint}": key.state for key in keys}


# --- what the audit keeps of them -------------------------------------------------------------------------------------


def seal(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Record which keys computers have now."""
    for guid, name, held in contents(unit, ids):
        unit.seal(KIND, guid, name, held)


def unseal(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Record that computers which are about to go take their keys with them (hook `computer_removed`)."""
    for guid, name, _ in contents(unit, ids):
        unit.seal(KIND, guid, name, None)


def contents(reader: Reader, ids: Sequence[int] | None) -> Iterator[tuple[str, str, list[Any]]]:
    """Yield GUID, name and keys of these computers, or of all, where they have some: every column that decides."""
    own = host_keys.c
    columns = (own.key_type, own.fingerprint, own.blob, own.state, own.source, own.changed_by, own.since)
    statement = (
        sa.select(resources.c.guid, resources.c.name, *columns)
        .select_from(host_keys.join(resources, resources.c.id == own.computer_id))
        .order_by(own.computer_id, own.key_type, own.fingerprint)
    )
    if ids is not None:
        statement = statement.where(member_of(reader.connection, own.computer_id, ids))
    for (guid, name), rows in groupby(reader.connection.execute(statement).all(), lambda row: (row[0], row[1])):
        yield guid, name, [[t, f, sha256(bytes(b)).hexdigest(), *s, to_text(at)] for _, _, t, f, b, *s, at in rows]


# --- what other rooms call --------------------------------------------------------------------------------------------


def computer_sections(reader: Reader, computer_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the part `host_keys` of `computer show`."""
    return {
        id_: {"host_keys": [{k: v for k, v in row.as_dict().items() if k != "name"} for row in rows]}
        for id_, rows in keys_of(reader, computer_ids).items()
    }


def shared_host_keys(reader: Reader) -> list[Finding]:
    """Return a finding for each host key that several computers show: clones, or one computer recorded twice."""
    joined = host_keys.join(resources, resources.c.id == host_keys.c.computer_id)
    shared = (
        sa.select(host_keys.c.fingerprint)
        .where(host_keys.c.state == "pinned")
        .group_by(host_keys.c.fingerprint)
        .having(sa.func.count(sa.distinct(host_keys.c.computer_id)) > 1)
    )
    statement = (
        sa.select(host_keys.c.fingerprint, resources.c.name)
        .select_from(joined)
        .where(host_keys.c.state == "pinned", host_keys.c.fingerprint.in_(shared))
        .order_by(host_keys.c.fingerprint, resources.c.name)
    )
    by_key: dict[str, list[str]] = {}
    for fingerprint, name in reader.connection.execute(scoped(statement, reader)):
        by_key.setdefault(fingerprint, []).append(name)
    return [_shared(fingerprint, names) for fingerprint, names in by_key.items()]


def _shared(fingerprint: str, names: list[str]) -> Finding:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Finding(
        id="SHARED-HOST-KEY",
        severity=Severity.WARNING,
        what=f"{len(names)} computers show one host key: {', '.join(names[:_SHOWN])}{more}",
        cause="they were cloned without new keys, or they are one computer recorded several times",
        mend="on each clone: rm /etc/ssh/ssh_host_*; ssh-keygen -A; then itmsctl host-key accept NAME",
        details={"fingerprint": fingerprint, "computers": names},
    )
