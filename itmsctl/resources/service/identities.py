"""Identity values that were learned by contact, and values that several computers carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources import identity
from itmsctl.resources.rows import identities, v_computer
from itmsctl.resources.service.learned import seal_learned
from itmsctl.resources.service.scope import scoped
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg

NAMED = 10


def learn(unit: UnitOfWork, computer_id: int, kind: str, value: str, source: str = "contact") -> bool:
    """Record what a computer said of itself; return whether it was new.

    It never merges, and never overrides what the administrator recorded. Raises InputError for what is not a value of
    the kind.
    """
    new = learn_one(unit, computer_id, kind, value, source)
    if new:
        seal_learned(unit, [computer_id])
    return new


def learn_one(unit: UnitOfWork, computer_id: int, kind: str, value: str, source: str = "contact") -> bool:
    """Do what `learn` does for one of a batch, whose caller calls `learned.seal_learned` once for all of it."""
    read = identity.identity(kind, value)
    known = unit.connection.execute(
        sa.select(identities.c.source).where(
            identities.c.computer_id == computer_id, identities.c.kind == kind, identities.c.value_key == read.key
        )
    ).first()
    if known is not None:
        return False
    unit.connection.execute(
        sa.insert(identities).values(
            computer_id=computer_id,
            kind=kind,
            value_key=read.key,
            value=read.value,
            junk=read.junk,
            source=source,
            first_seen=unit.now,
        )
    )
    unit.note("identity", learned=1)
    unit.digest(canonical([computer_id, kind, read.key, source]).encode())
    return True


@dataclass(frozen=True)
class Shared:
    """A value that several computers carry, so that it identifies none of them; the first of them by name."""

    kind: str
    value: str
    count: int
    computers: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"kind": self.kind, "value": self.value, "count": self.count, "computers": list(self.computers)}


def shared_identities(reader: Reader) -> list[Shared]:
    """Return every value, junk apart, that several computers carry; those that most carry come first."""
    many = sa.func.count().label("many")
    groups = reader.connection.execute(
        sa.select(identities.c.kind, identities.c.value_key, sa.func.min(identities.c.value).label("value"), many)
        .where(identities.c.junk.is_(False))
        .group_by(identities.c.kind, identities.c.value_key)
        .having(sa.func.count() > 1)
        .order_by(many.desc(), identities.c.kind, identities.c.value_key)
    ).all()
    return [Shared(g.kind, g.value, g.many, _carriers(reader, g.kind, g.value_key)) for g in groups]


def _short_names(reader: Reader) -> list[tuple[str, str]]:
    """Return the computers of whose name another's begins with, up to a dot: each short name with a full one."""
    dotted = sa.select(v_computer.c.name, v_computer.c.name_key).where(v_computer.c.name.contains("."))
    full = {row.name_key.partition(".")[0]: row.name for row in reader.connection.execute(scoped(dotted, reader))}
    among = member_of(reader.connection, v_computer.c.name_key, sorted(full))
    statement = scoped(sa.select(v_computer.c.name, v_computer.c.name_key).where(among), reader)
    return sorted((row.name, full[row.name_key]) for row in reader.connection.execute(statement))


def _carriers(reader: Reader, kind: str, key: str) -> tuple[str, ...]:
    statement = (
        sa.select(v_computer.c.name)
        .join(identities, identities.c.computer_id == v_computer.c.id)
        .where(identities.c.kind == kind, identities.c.value_key == key)
        .order_by(v_computer.c.name)
        .limit(NAMED)
    )
    return tuple(reader.connection.execute(scoped(statement, reader)).scalars())


def _mend(reader: Reader, shared: Shared) -> str:
    """Return what to do. A merge is proposed only where more than one identity agrees: one alone can be claimed."""
    first, second = shared.computers[:2]
    if _agree(reader, first, second):
        return f"one computer twice: itmsctl computer merge {shell_arg(first)} {shell_arg(second)}"
    return (
        "their host keys differ, or were never seen, and serial and MAC do not both agree: a clone, or a lie;"
        f" itmsctl host-key show {shell_arg(second)}"
    )


def _agree(reader: Reader, *names: str) -> bool:
    """Return whether two computers show one host key, or carry one serial and one MAC."""
    ids = [reader.scalar(scoped(sa.select(v_computer.c.id).where(v_computer.c.name == name), reader)) for name in names]
    pinned = sa.table("host_key", sa.column("computer_id"), sa.column("fingerprint"), sa.column("state"))
    keys = [
        set(
            reader.connection.execute(
                sa.select(pinned.c.fingerprint).where(pinned.c.computer_id == id_, pinned.c.state == "pinned")
            ).scalars()
        )
        for id_ in ids
    ]
    own = [
        {tuple(row) for row in reader.connection.execute(_strong.where(identities.c.computer_id == id_))} for id_ in ids
    ]
    kinds = {kind for kind, _ in own[0] & own[1]}
    return bool(keys[0] & keys[1]) or {"serial", "mac"} <= kinds


_strong = sa.select(identities.c.kind, identities.c.value_key).where(
    identities.c.junk.is_(False), identities.c.kind.in_(["serial", "mac"])
)


def check(reader: Reader) -> Iterator[Finding]:
    """Yield `doctor` a finding for each shared value, and one for names that are another's short form."""
    pairs = _short_names(reader)
    if pairs:
        more = f" and {len(pairs) - NAMED} more" if len(pairs) > NAMED else ""
        first, second = (shell_arg(name) for name in pairs[0])
        yield Finding(
            "RES-SHORT-NAME",
            Severity.INFO,
            f"{len(pairs)} computers bear the short form of another's name",
            cause=", ".join(f"{short} and {full}" for short, full in pairs[:NAMED]) + more + ": one computer twice?",
            mend=f"if they are one: itmsctl computer merge {second} {first}",
            details={"count": len(pairs), "computers": [list(pair) for pair in pairs[:NAMED]]},
        )
    for shared in shared_identities(reader):
        more = f" and {shared.count - NAMED} more" if shared.count > NAMED else ""
        yield Finding(
            "RES-SHARED-IDENTITY",
            Severity.WARNING,
            f"{shared.count} computers carry {shared.kind} {shared.value}",
            cause=f"{', '.join(shared.computers)}{more}: cloned, made from a template, or one computer recorded twice",
            mend=_mend(reader, shared),
            details=shared.as_dict(),
        )
