"""What is known of computers, for those who ask them what differs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.service.states import Digests, States
from itmsctl.resources.rows import computers


@dataclass(frozen=True)
class ClassDigest:
    """The digest of a class of a computer, and those of its rows; none of a class of one row."""

    digest: str
    packed: bytes


def digests_of(
    reader: Reader, ids: Collection[int], classes: Collection[str] | None = None
) -> dict[int, dict[str, ClassDigest]]:
    """Return the digests of all classes, or of some, that are known of computers; ask for some tens at a time."""
    known = {
        of: state
        for of, state in States(reader.connection, ids).known.items()
        if state.digest is not None and (classes is None or of[1] in classes)
    }
    packed = Digests(reader.connection, known.keys()).known
    found: dict[int, dict[str, ClassDigest]] = {id_: {} for id_ in ids}
    for of, state in known.items():
        found[of[0]][of[1]] = ClassDigest(str(state.digest), packed.get(of, b""))
    return found


def families_of(reader: Reader, ids: Collection[int]) -> dict[int, str]:
    """Return the families of the operating systems of computers, of those where it is known."""
    asked = sa.select(computers.c.id, computers.c.os_family).where(member_of(reader.connection, computers.c.id, ids))
    return {row[0]: row[1] for row in reader.connection.execute(asked) if row[1]}
