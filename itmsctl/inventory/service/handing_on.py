"""What is known of computers, for other tools to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.ansible_groups import groups_of, variables
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import data_class
from itmsctl.resources.rows import resources
from itmsctl.resources.service.listing import stream_rows
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.values.times import to_text

_PAGE = 500
_FACTS = ("identification", "operating_system", "hardware")  # classes of one row that plays ask for


def ansible_hosts(store: Store, selection: ComputerSelection) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    """Yield the computers of a selection: name, groups and variables of each."""
    for page in bulk.chunks(stream_rows(store.read, selection), _PAGE):
        yield from _hosts(store, page)


def _hosts(store: Store, page: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    with store.read() as reader:
        known = _facts(reader, [row["id"] for row in page])
    for row in page:
        yield row["name"], groups_of(row), variables(row, known.get(row["id"], {}))


def _facts(reader: Reader, guids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in _FACTS:
        one = data_class(name)
        rows = tables_of(one).rows
        statement = sa.select(resources.c.guid, *(rows.c[column.name] for column in one.columns))
        joined = statement.select_from(rows.join(resources, resources.c.id == rows.c.computer_id))
        mine = scoped(joined.where(member_of(reader.connection, resources.c.guid, guids)), reader)
        for guid, *values in reader.connection.execute(mine):
            said = {
                column.name: to_text(value) if isinstance(rows.c[column.name].type, Moment) else value
                for column, value in zip(one.columns, values, strict=True)
                if value is not None and not column.is_volatile
            }
            found.setdefault(guid, {})[name] = said
    return found
