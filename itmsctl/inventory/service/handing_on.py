"""What is known of computers, for other tools to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.ansible_groups import groups_of, variables
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import data_class
from itmsctl.resources.service.listing import stream_rows
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.values.times import to_text

_PAGE = 500
_FACTS = ("identification", "operating_system", "hardware")  # classes of one row that plays ask for


def ansible_hosts(store: Store, selection: ComputerSelection) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    """Yield the computers of a selection: name, groups and variables of each."""
    page: list[dict[str, Any]] = []
    for row in stream_rows(store.read, selection):
        page.append(row)
        if len(page) == _PAGE:
            yield from _hosts(store, page)
            page = []
    yield from _hosts(store, page)


def _hosts(store: Store, page: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    with store.read() as reader:
        known = _facts(reader, [row["id"] for row in page]) if page else {}
    for row in page:
        yield row["name"], groups_of(row), variables(row, known.get(row["id"], {}))


def _facts(reader: Reader, guids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    resource = sa.table("resource", sa.column("id"), sa.column("guid"))
    for name in _FACTS:
        one = data_class(name)
        rows = tables_of(one).rows
        statement = sa.select(resource.c.guid, *(rows.c[column.name] for column in one.columns))
        joined = statement.select_from(rows.join(resource, resource.c.id == rows.c.computer_id))
        mine = scoped(joined.where(member_of(reader.connection, resource.c.guid, guids)), reader)
        for guid, *values in reader.connection.execute(mine):
            said = {
                column.name: to_text(value) if isinstance(rows.c[column.name].type, Moment) else value
                for column, value in zip(one.columns, values, strict=True)
                if value is not None and not column.is_volatile
            }
            found.setdefault(guid, {})[name] = said
    return found
