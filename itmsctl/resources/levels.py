"""The view of each level of the hierarchy of resources (PLAT-13): one row each resource of the kinds below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from itmsctl.resources.devices import DEVICE, LEVELS
from itmsctl.values.kind import Kind, Type
from itmsctl.values.types import meaning
from itmsctl.values.view import View, ViewColumn

# What a computer keeps in a table beside its own, as other devices tell it.
_ELSEWHERE = {
    "serial": "(SELECT min(i.value) FROM computer_identity i WHERE i.computer_id = o.id AND i.kind = 'serial')"
}
_WHO = (
    ViewColumn("guid", "GUID of the resource", Type.GUID),
    ViewColumn("name", "name of the resource"),
    ViewColumn("type", "its type, such as printer"),
)
_STAMPS = (
    ViewColumn("created_at", "when it was added", Type.TIME),
    ViewColumn("changed_at", "when it was last changed", Type.TIME),
    ViewColumn("revision", "how often it was changed, from 1", Type.INT),
)
_BESIDE = ("address", "mac")  # lists, which the views of the kinds show


def kinds_below(level: str, kinds: Iterable[Kind]) -> Iterator[Kind]:
    """Yield those of some kinds that stand under a level, or under a level below it."""
    below = {level} | {one.name for one in LEVELS if one.parent == level}
    return (kind for kind in kinds if kind.parent in below)


def level_views(kinds: Iterable[Kind]) -> tuple[View, ...]:
    """Return the view of each level, over these kinds."""
    devices = sorted(kinds_below(DEVICE.name, kinds), key=lambda kind: kind.name == "computer")
    own = "JOIN resource_own t ON t.id = o.id JOIN resource_type y ON y.id = t.type_id"
    fields = [field for field in DEVICE.fields if field.name not in _BESIDE]
    columns = tuple(ViewColumn(f.name, f.help[:1].lower() + f.help[1:-1], meaning(f.type).shown) for f in fields)
    everything = (
        "SELECT o.guid, o.name, COALESCE(y.name, o.kind) AS type, o.created_at, o.changed_at, o.revision "
        "FROM resource o LEFT JOIN resource_own t ON t.id = o.id LEFT JOIN resource_type y ON y.id = t.type_id"
    )
    names = [field.name for field in fields]
    told = ", ".join(f"t.{name}" for name in names)
    of_own = (
        f"SELECT o.guid, o.name, y.name AS type, {told}, o.created_at, o.changed_at, o.revision "  # noqa: S608 - ours
        f"FROM resource o {own} WHERE y.level = '{DEVICE.name}'"
    )
    each = " UNION ALL ".join([*(_of_kind(kind, names) for kind in devices), of_own])
    return (
        View("v_resource", "one row a resource, whatever its type", everything, (*_WHO, *_STAMPS)),
        View("v_device", "one row a device, computers among them", each, (*_WHO, *columns, *_STAMPS)),
    )


def _of_kind(kind: Kind, names: Iterable[str]) -> str:
    told = ", ".join(f"{_told(kind, name)} AS {name}" for name in names)
    return (
        f"SELECT o.guid, o.name, o.kind AS type, {told}, o.created_at, o.changed_at, o.revision "  # noqa: S608 - ours
        f"FROM resource o JOIN {kind.typed} t ON t.id = o.id"
    )


def _told(kind: Kind, name: str) -> str:
    field = kind.field(name)
    if field is None:
        return "NULL"
    return f"t.{name}" if field.column_name else _ELSEWHERE.get(name, "NULL")
