"""Rows of a class, and what they share, as PostgreSQL's binary COPY takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from struct import Struct
from typing import Any

from sqlalchemy.engine import Connection

from itmsctl.cmdb import binary_rows
from itmsctl.cmdb.types import canonical
from itmsctl.inventory.asking import is_keyed
from itmsctl.inventory.definition import ClassColumn
from itmsctl.inventory.forming import FormedRow, SharedPart
from itmsctl.values.addresses import to_bytes
from itmsctl.values.kind import Type
from itmsctl.values.versions import version_key

_Packed = Callable[[Any], bytes]

_HEAD = Struct(">hiii").pack  # the number of fields, the id of the computer, and the length of the key
_ENTRY = Struct(">hiq").pack
_EIGHT = (8).to_bytes(4, "big")


def copy_class_rows(
    connection: Connection,
    table: str,
    columns: Sequence[ClassColumn],
    names: Sequence[str],
    rows: Sequence[tuple[int, FormedRow, Any]],
) -> None:
    """Insert rows: of which computer, the row, and since when; `columns`, under `names`, are what a row says itself."""
    packed = _packer(columns)
    is_shared = rows[0][1].shared is not None
    heads = ["computer_id", "row_key", *(["entry_id"] if is_shared else [])]
    fields = len(heads) + len(names) + 1
    begin = {id_: _HEAD(fields, 4, id_, 8) for id_ in {id_ for id_, _, _ in rows}}
    # By the identity of what rows say by themselves, and of moments: many say the same.
    own = {place: packed(said) for place, said in {id(row[3]): row[3] for _, row, _ in rows}.items()}
    ends = {place: _since(at) for place, at in {id(at): at for _, _, at in rows}.items()}
    if is_shared:
        # Its key and the id of its entry are the beginnings of digests, so that they need no number between.
        ready = [
            begin[id_] + key + _EIGHT + part[1][:8] + own[id(said)] + ends[id(at)]
            for id_, (key, _, part, said), at in rows
            if part is not None  # each of them has one
        ]
    else:
        ready = [begin[id_] + row[0] + own[id(row[3])] + ends[id(at)] for id_, row, at in rows]
    # In the order of the table's key, whose pages are filled so; the sort after the first one is of runs.
    ready.sort()
    ready.sort(key=_signed)
    binary_rows.copy_rows(connection, table, [*heads, *names, "since"], ready)


def copy_entries(
    connection: Connection,
    table: str,
    columns: Sequence[ClassColumn],
    names: Sequence[str],
    parts: Iterable[SharedPart],
) -> None:
    """Insert what rows share; `columns`, under `names`, are those that are shared."""
    packed, said = _packer(columns), [column.name for column in columns]
    ready = (_ENTRY(len(names) + 1, 8, part.id) + packed(dict(zip(said, part.forms, strict=True))) for part in parts)
    binary_rows.copy_rows(connection, table, ["entry_id", *names], ready)


def _packer(columns: Iterable[ClassColumn]) -> Callable[[Mapping[str, Any]], bytes]:
    """Return what gives the fields of what a row says in columns, in their order, each with the key beside it."""
    written: list[tuple[str, _Packed]] = []
    for one in columns:
        written.append((one.name, _FIELDS.get(one.type, binary_rows.text_field)))
        if is_keyed(one):
            written.append((one.name, _KEYS[one.type]))

    def packed(said: Mapping[str, Any]) -> bytes:
        values = [(said.get(name), of) for name, of in written]
        return b"".join([binary_rows.NOTHING if value is None else of(value) for value, of in values])

    return packed


def _signed(row: bytes) -> bytes:
    """Return by what a row stands among others: its computer, and whether its key is below zero."""
    return row[:10] + (b"\1" if row[14] < 0x80 else b"\0")


def _since(at: datetime | None) -> bytes:
    return binary_rows.NOTHING if at is None else binary_rows.moment_field(at)


def _json_field(value: Any) -> bytes:
    return binary_rows.text_field(canonical(value))


_FIELDS: dict[Type, _Packed] = {
    Type.INT: binary_rows.bigint_field,
    Type.REAL: binary_rows.double_field,
    Type.DURATION: binary_rows.double_field,
    Type.BOOL: binary_rows.truth_field,
    Type.TIME: binary_rows.moment_field,
    Type.LIST: _json_field,
    Type.MAP: _json_field,
}
_KEYS: dict[Type, _Packed] = {
    Type.VERSION: lambda version: binary_rows.text_field(version_key(version)),
    Type.ADDRESS: lambda address: binary_rows.binary_field(to_bytes(address)),
}
