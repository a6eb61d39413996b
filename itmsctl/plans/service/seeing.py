"""What documents touch: every object that they declare, remove or name, as it stands now, or that it is not there."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.cmdb.work import Reader
from itmsctl.plans.ordering import Key
from itmsctl.plans.service.opened import OpenedBatch
from itmsctl.plans.service.references import references
from itmsctl.plans.service.removal import Removal
from itmsctl.values.kind import house

Stand = tuple[str, int] | None  # GUID and revision; none: it is not there


def touched(reader: Reader, opened: OpenedBatch, removals: Sequence[Removal]) -> dict[Key, Stand]:
    """Return how everything stands that applying would read or write, but for the rows of tables."""
    keys = {one.node for one in opened.batch.objects} | {removal.node for removal in removals}
    keys |= {one.was_node for one in opened.batch.objects if one.was_node is not None}
    for one in opened.batch.objects:
        if not one.absent:
            keys.update(references(one.kind, one.name, one.spec))
    return {key: stand(reader, key) for key in sorted(keys)}


def stand(reader: Reader, key: Key) -> Stand:
    """Return how one object stands."""
    kind, name = key
    noun = house().kind(kind)
    doc = None if noun is None else noun.load_shelf().find(reader, name)
    return None if doc is None else (doc.guid, doc.revision)
