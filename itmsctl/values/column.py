"""A column of a table, said as text: what statements need to know of it, and nothing that only making a table needs."""

from __future__ import annotations

from typing import Any, Literal

from itmsctl.values.lean import dataclass

Sql = Literal["text", "int", "big", "real", "bool", "time", "json", "bytes"]


@dataclass(frozen=True, eq=False, repr=False)
class TableColumn:
    """One column. `ref` is the column of another table that it refers to, as `table.column`."""

    name: str
    sql: Sql = "text"
    null: bool = False
    default: Any = None  # what is stored where a statement gives nothing
    key: bool = False  # it is the primary key, or a part of it
    ref: str = ""
    cascade: bool = False  # the row goes with the one that it refers to


def keys(*names: str, sql: Sql = "int") -> tuple[TableColumn, ...]:
    """Return columns that are the primary key together."""
    return tuple(TableColumn(name, sql, key=True) for name in names)


# What every object of the CMDB carries (PLAT-6, PLAT-8); `cmdb.item.Item` says it in SQLModel.
ITEM = (
    TableColumn("id", "int", key=True),
    TableColumn("guid"),
    TableColumn("name"),
    TableColumn("name_key"),
    TableColumn("revision", "int", default=1),
    TableColumn("origin"),
    TableColumn("changed_by", "int"),
    TableColumn("created_at", "time"),
    TableColumn("changed_at", "time"),
)
