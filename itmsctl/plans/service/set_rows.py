"""Which apply sets hold which objects, as it is stored; light enough for every `show`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.plans.rows import set_members as rows
from itmsctl.plans.rows import set_names as names
from itmsctl.values.names import name_key

COLUMNS = ("set_key", "kind", "guid")
_named = sa.select(names.c.name, rows).select_from(rows.join(names, names.c.set_key == rows.c.set_key))


def holders(reader: Reader, *, besides: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the sets that hold each object, by its GUID."""
    own = {name_key(group) for group in besides}
    found: dict[str, list[str]] = {}
    for row in reader.connection.execute(_named.order_by(names.c.name)):
        if row.set_key not in own:
            found.setdefault(row.guid, []).append(row.name)
    return {guid: tuple(held) for guid, held in found.items()}


def shown_with(reader: Reader, guid: str) -> dict[str, Any]:
    """Return what `show` adds to an object that apply sets hold: their names (hook `shown_with`)."""
    statement = _named.where(rows.c.guid == guid).order_by(names.c.name)
    found = [row.name for row in reader.connection.execute(statement)]
    return {"apply_sets": found} if found else {}
