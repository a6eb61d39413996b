"""What a person sees of management servers and gateways."""

from __future__ import annotations

from itmsctl.cli.output import Column
from itmsctl.hierarchy.kinds import GATEWAY as _GATEWAY
from itmsctl.hierarchy.kinds import MANAGEMENT_SERVER as _MANAGEMENT_SERVER
from itmsctl.values.kind import Kind, Type

_ID = (Column("id", wide=True), Column("revision", wide=True, right=True))
_NUMBERS = {Type.INT, Type.REAL, Type.DURATION}


def _of(kind: Kind, *always: str) -> tuple[Column, ...]:
    """Return the columns of a kind: some always, the others where there is room."""
    fields = {field.name: field for field in kind.fields}
    order = [*always, *(name for name in fields if name not in always)]
    fit = (Column(name, wide=name not in always, right=fields[name].type in _NUMBERS) for name in order)
    return (Column("name"), *fit, *_ID)


MANAGEMENT_SERVER = _of(_MANAGEMENT_SERVER, "parent", "site", "sites", "endpoints", "database", "description")
GATEWAY = _of(_GATEWAY, "servers", "zone", "agents", "concurrent", "virtual", "description")
