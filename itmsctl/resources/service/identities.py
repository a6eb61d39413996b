"""Identity values that were learned by contact, and values that several computers carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources import identity
from itmsctl.resources.service.learned import seal_learned
from itmsctl.resources.service.scope import identities, scoped, v_computer
from itmsctl.values.findings import Finding, Severity

NAMED = 10


def learn(unit: UnitOfWork, computer_id: int, kind: str, value: str, source: str = "contact") -> bool:
    """Record what a computer said of itself; tell whether it was new.

    It never merges, and never overrides what the administrator recorded. Raises InputError for what is no value of
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
    unit.touch("identities", [computer_id])
    return True


@dataclass(frozen=True)
class Shared:
    """A value that several computers carry, so that it identifies none of them; the first of them by name."""

    kind: str
    value: str
    count: int
    computers: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Answer the flat object of JSON output."""
        return {"kind": self.kind, "value": self.value, "count": self.count, "computers": list(self.computers)}


def shared_identities(reader: Reader) -> list[Shared]:
    """Answer every value, junk apart, that several computers carry; those that most carry come first."""
    many = sa.func.count().label("many")
    groups = reader.connection.execute(
        sa.select(identities.c.kind, identities.c.value_key, sa.func.min(identities.c.value).label("value"), many)
        .where(identities.c.junk.is_(False))
        .group_by(identities.c.kind, identities.c.value_key)
        .having(sa.func.count() > 1)
        .order_by(many.desc(), identities.c.kind, identities.c.value_key)
    ).all()
    return [Shared(g.kind, g.value, g.many, _carriers(reader, g.kind, g.value_key)) for g in groups]


def _carriers(reader: Reader, kind: str, key: str) -> tuple[str, ...]:
    statement = (
        sa.select(v_computer.c.name)
        .join(identities, identities.c.computer_id == v_computer.c.id)
        .where(identities.c.kind == kind, identities.c.value_key == key)
        .order_by(v_computer.c.name)
        .limit(NAMED)
    )
    return tuple(reader.connection.execute(scoped(statement, reader)).scalars())


def check(reader: Reader) -> Iterator[Finding]:
    """Give `doctor` a finding for each shared value."""
    for shared in shared_identities(reader):
        more = f" and {shared.count - NAMED} more" if shared.count > NAMED else ""
        yield Finding(
            "RES-SHARED-IDENTITY",
            Severity.WARNING,
            f"{shared.count} computers carry {shared.kind} {shared.value}",
            cause=f"{', '.join(shared.computers)}{more}: cloned, made from a template, or one computer recorded twice",
            mend=f"one computer twice: itmsctl computer merge {shared.computers[0]} {shared.computers[1]}",
            details=shared.as_dict(),
        )
