"""`server import`: which computers serve which sites. Columns are the fields of a site server under their own names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.cells import split_list
from itmsctl.documents.rows import Columns
from itmsctl.errors import FieldError, InputError
from itmsctl.sites.kinds import SERVER
from itmsctl.sites.service.importing import RowTable
from itmsctl.sites.service.server import SERVERS
from itmsctl.values.kind import Type
from itmsctl.values.names import name_key
from itmsctl.values.types import meaning

_FIELDS = {field.name: field for field in SERVER.admin_fields}
_LISTS = frozenset(name for name, field in _FIELDS.items() if field.type is Type.LIST)
_ALIASES = {
    "computer": "name", "computer_name": "name", "hostname": "name", "server": "name", "server_name": "name",
    "service": "services", "roles": "services", "site": "sites", "cpus": "cores", "memory_gb": "ram_gb",
}  # fmt: skip


class ServerTable(RowTable):
    """The site servers of a table; their computers and sites must be known."""

    noun = "server"
    columns = Columns.of("name", *_FIELDS, required=("name",), aliases=_ALIASES, lists=_LISTS, flags=True)
    empties: Mapping[str, tuple[str, ...]] = {name: (name,) for name in _FIELDS}

    def loaded(self, texts: Mapping[str, str]) -> list[tuple[str, tuple[Any, ...]]]:
        """Return the key of a server, and what its row says."""
        name = texts.get("name", "").strip()
        if not name:
            raise FieldError("the name is missing", details={"column": "name"})
        said = {column: text.strip() for column, text in texts.items() if column in _FIELDS and text.strip()}
        return [(name_key(name), (name, {column: _value(column, text) for column, text in said.items()}))]

    def put(self, unit: UnitOfWork, said: Sequence[Any], emptied: Mapping[str, None]) -> tuple[Outcome, str]:
        """Make a computer a server, or change one."""
        name, fields = said
        existing = SERVERS.find(unit, name)
        if existing is None:
            return SERVERS.add(unit, name, fields, unfit=False), ""
        return SERVERS.set(unit, existing.name, {**fields, **emptied}), ""


def _value(column: str, text: str) -> Any:
    field = _FIELDS[column]
    try:
        return split_list(text) if field.type is Type.LIST else meaning(field.type).value(text)
    except InputError as error:
        raise FieldError(error.message, hint=field.help, details={"column": column}) from None
