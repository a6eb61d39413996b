"""What is known of computers, for those who ask them what differs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.service.states import Digests, States


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
