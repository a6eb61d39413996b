"""What a later room forbids of objects that are there: asked before any change of them that a person caused."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.values.kind import Kind, house


def refuse_guarded(unit: UnitOfWork, kind: Kind, changes: Sequence[tuple[Doc, Doc | None]]) -> None:
    """Raise GuardError where a room holds on to an object that is to be changed, or removed: `after` is None then."""
    if changes:
        for call in house().calls("object_guarded"):
            call(unit, kind, changes)
