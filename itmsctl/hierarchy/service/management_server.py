"""MANAGEMENT_SERVERS: the shelf of management servers (HIER-1, HIER-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.hierarchy import volumes
from itmsctl.hierarchy.ancestry import cycle_through
from itmsctl.hierarchy.kinds import MANAGEMENT_SERVER
from itmsctl.hierarchy.rows import management_servers
from itmsctl.sites.quantities import refuse_below

_COUNTS = ("endpoints", "consoles", "asset_consoles", "autogrow_pct")
_HARDWARE = ("cores", "ram_gb", "database_cores", "database_ram_gb", "database_memory_gb")


class ManagementServers(Shelf):
    """All management servers."""

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields of a management server: its reports run when opened unless it says otherwise (RPT-4)."""
        return fields if existing else {"report_autorun": True, **fields}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields with their maps normalised. Raises FieldError for what cannot be."""
        checked = dict(fields)
        refuse_below(checked, 0, _COUNTS)
        refuse_below(checked, 1, _HARDWARE)
        refuse_below(checked, 1, [field for field in checked if field.endswith("_s")])
        for field in ("volumes", "raid", "iops"):
            if checked.get(field):
                checked[field] = volumes.checked(field, checked[field])
        return checked

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:  # noqa: ARG002 - the shelf's
        """Raise FieldError where a server would stand above itself (HIER-3)."""
        rows = unit.connection.execute(sa.select(management_servers.c.id, management_servers.c.parent_id))
        found = cycle_through(doc.id, {row.id: row.parent_id for row in rows})
        if found:
            raise FieldError(
                f"`{doc.name}` would be above itself",
                why=" is below ".join(f"`{name}`" for name in _names(unit, found)),
                hint="a hierarchy is a tree: --parent OTHER, or --unset parent",
            ).about("parent")


def _names(reader: Reader, ids: tuple[int, ...]) -> list[str]:
    rows = sa.select(management_servers.c.id, management_servers.c.name).where(management_servers.c.id.in_(ids))
    names = {row.id: row.name for row in reader.connection.execute(rows)}
    return [names[i] for i in ids]


MANAGEMENT_SERVERS = ManagementServers(MANAGEMENT_SERVER)
