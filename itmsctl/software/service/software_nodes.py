"""All software resources as a plan knows them: what each needs, excludes and takes the place of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import pairs_of
from itmsctl.cmdb.work import Reader
from itmsctl.software.kinds import SOFTWARE
from itmsctl.software.planning import SoftwareNode
from itmsctl.software.rows import software


def nodes(reader: Reader) -> dict[str, SoftwareNode]:
    """Return all software resources as a plan knows them, by name."""
    columns = software.c
    rows = reader.rows(sa.select(columns.id, columns.name, columns.upgrade, columns.deliverable))
    names = {row.id: row.name for row in rows}
    lists = {field.name: _pairs(reader, field, link, names) for field, link in SOFTWARE.links}
    return {
        row.name: SoftwareNode(
            **{name: tuple(sorted(pairs.get(row.id, ()))) for name, pairs in lists.items()},
            upgrades=bool(row.upgrade),
            deliverable=bool(row.deliverable),
        )
        for row in rows
    }


def _pairs(reader: Reader, field: Any, link: Any, names: Mapping[int, str]) -> dict[int, list[str]]:
    pairs = pairs_of(SOFTWARE, field, link)
    found: dict[int, list[str]] = {}
    for owner, other in reader.connection.execute(sa.select(pairs.c[link.own], pairs.c[link.other])):
        found.setdefault(owner, []).append(names[other])
    return found
