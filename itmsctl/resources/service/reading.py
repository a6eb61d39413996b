"""Read the rows of an import of computers: split cells, check fields, find names that come twice. No database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from itmsctl.documents.cells import split_list, split_map
from itmsctl.documents.rows import Columns, RowProblem, Rows, TableRow
from itmsctl.documents.shapes import header_key
from itmsctl.errors import InputError
from itmsctl.resources import record
from itmsctl.resources.identity import is_cut
from itmsctl.resources.service.conflicts import Repeat, Repeats
from itmsctl.resources.service.importing import row_problem
from itmsctl.resources.service.plan import ImportRecord
from itmsctl.values import twins
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import from_csv_cell

EXPORTED = ("name", *record.FIELDS)
# What a listing gives beside the fields is no input, and no error either: `list -o csv` can be imported.
_DERIVED = frozenset({"id", "guid", "revision", "last_seen", "site", "subnet"})
# What spreadsheets and other tools call the columns; each counts only where nothing else fills its field.
_ALIASES = {
    "computer": "name", "computer_name": "name", "computername": "name", "hostname": "name", "host_name": "name",
    "host": "name", "device_name": "name", "machine_name": "name",
    "ip": "address", "ip_address": "address", "ipaddress": "address", "ip_addresses": "address",
    "ipv4_address": "address", "ipv4address": "address", "addresses": "address",
    "mac_address": "mac", "macaddress": "mac", "mac_addresses": "mac",
    "serial_number": "serial", "serialnumber": "serial", "serial_no": "serial",
    "dns_name": "fqdn", "dnshostname": "fqdn", "dns_host_name": "fqdn",
    "timezone": "time_zone",
}  # fmt: skip
COLUMNS = Columns.of(
    *EXPORTED,
    required=("name",),
    ignored=("action",),
    aliases=_ALIASES,
    foreign=_DERIVED,
    lists=record.LISTS,
    maps=frozenset({"tags"}),
    flags=True,
)
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+(%\w+)?\]")  # an IPv6 address as URLs write it, and no list
_TAG = "tags."  # before the key of a tag that has a column of its own
_UNPRINTED = {"tags": split_map, **dict.fromkeys(record.LISTS, split_list)}


class Read(NamedTuple):
    """A checked row with what names it to people: its line, and the row as it stood; and what it repeats."""

    line: int
    raw: list[str] | bytes
    record: ImportRecord
    repeats: tuple[Repeat, ...] = ()

    def plain(self) -> tuple[Any, ...]:
        """Return the row as values that can wait in a file."""
        line, raw, (name, fields, addresses, identities, adds), repeats = self
        told = [tuple(i) for i in identities]
        return line, raw, [tuple(repeat) for repeat in repeats], name, fields, addresses, told, adds


@dataclass
class Notes:
    """What is to be said of a table beside its bad rows."""

    blanks: int = 0  # empty cells that leave their fields as they are
    cut: int = 0  # serial numbers that a spreadsheet has cut or taken for a date
    first_cut: tuple[int, str] = (0, "")  # the line of the first, and how it stands there
    colons: int = 0  # tags such as `env:prod`, without a value
    first_colon: tuple[int, str] = (0, "")

    def said(self, rows: Rows) -> Iterator[str]:
        """Yield the lines to say when all rows have been read."""
        if rows.dropped:
            derived = [name for name in rows.dropped if header_key(name) in {"site", "subnet"}]
            why = "; a site follows from the subnet of the address" if derived else ""
            yield f"columns without a place here, ignored: {', '.join(rows.dropped)}{why}"
        if self.cut:
            line, value = self.first_cut
            serials = "1 serial looks" if self.cut == 1 else f"{self.cut} serials look"
            yield f"{serials} cut by a spreadsheet, or taken for a date (line {line}: {value}): such identify nobody"
        if self.colons:
            line, value = self.first_colon
            tags = "1 tag has" if self.colons == 1 else f"{self.colons} tags have"
            yield f"{tags} a colon and no value (line {line}: {value}): a tag with a value is KEY=VALUE"


def checked_rows(
    rows: Iterable[TableRow | RowProblem], notes: Notes, *, unguard: bool, clear: bool
) -> Iterator[Read | RowProblem]:
    """Yield every row, checked, or what is wrong with it.

    `unguard` undoes our own CSV's protection of cells; `clear` has an empty cell empty its field, else it says nothing.
    The names of all rows before are remembered: a computer stands in a file once.
    """
    seen: dict[str, int] = {}
    repeats = Repeats()
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        line, values, raw = row
        try:
            found = _record(values if clear else _spoken(values, notes), isinstance(raw, list), unguard)
        except InputError as error:
            yield row_problem(line, raw, error)
            continue
        problem = _seen_before(found.name, line, seen)
        if problem:
            yield RowProblem(line, "name", problem, raw)
        else:
            _note_cut(found, line, notes)
            _note_colons(found, line, notes)
            yield Read(line, raw, found, repeats.of(found, line))


def _spoken(values: Mapping[str, Any], notes: Notes) -> Mapping[str, Any]:
    """Return what a row says of its computer: an empty cell says nothing; null, [] and {} of JSON say it is empty."""
    said = {name: value for name, value in values.items() if name == "name" or not _is_blank(value)}
    notes.blanks += len(values) - len(said)
    return said


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _note_colons(row: ImportRecord, line: int, notes: Notes) -> None:
    for key, value in (row.fields.get("tags") or {}).items():
        if record.is_colon_for_equals(key, value):
            notes.colons += 1
            if notes.colons == 1:
                notes.first_colon = line, key


def _note_cut(row: ImportRecord, line: int, notes: Notes) -> None:
    for kind, value, key, junk in row.identities:
        if junk and kind == "serial" and is_cut(key):
            notes.cut += 1
            if notes.cut == 1:
                notes.first_cut = line, value


def _record(values: Mapping[str, Any], cells: bool, unguard: bool) -> ImportRecord:
    fields = dict(values)
    if unguard:
        fields = {key: from_csv_cell(value) for key, value in fields.items()}
    name = fields.pop("name", None)
    if name is not None and not isinstance(name, str):
        raise InputError("the name is not a text", hint='write "name": "..."', details={"field": "name"})
    if not name:
        raise InputError("the name is missing", details={"field": "name"})
    try:
        name = record.checked_name(name)
    except InputError as error:
        error.details["field"] = "name"
        raise
    if cells:
        for column, value in fields.items():
            if value and column in _UNPRINTED:
                fields[column] = _split(column, value)
    else:
        for column in _UNPRINTED.keys() & fields.keys():
            if isinstance(fields[column], str):
                fields[column] = _split(column, fields[column])
    adds = _with_single_tags(fields)
    checked, addresses, identities = record.read(fields)
    return ImportRecord(name, checked, addresses, identities, adds)


def _with_single_tags(fields: dict[str, Any]) -> bool:
    """Make one map of tags that have columns of their own; return whether the others of the computer stay."""
    single = {name: fields.pop(name) for name in list(fields) if name.startswith(_TAG)}
    own = fields.get("tags")
    if single:
        said = {name.removeprefix(_TAG): value for name, value in single.items() if value}
        if said or own:
            fields["tags"] = {**(own or {}), **said}
    return bool(single) and not own


def _split(column: str, cell: str) -> Any:
    text = cell.strip()
    if column != "tags" and ";" not in text and (text[:1] != "[" or _BRACKETED.fullmatch(text)):
        return [text] if text else []
    try:
        return _UNPRINTED[column](cell)
    except InputError as error:
        error.details["field"] = column
        raise


def _seen_before(name: str, line: int, seen: dict[str, int]) -> str:
    key = name_key(name)
    if key in seen:
        return f"the name stands in line {seen[key]} too"
    if not name.isascii() or name[-1] == ".":
        plain = twins.skeleton(name)
        if plain in seen:
            return f"the name reads like that of line {seen[plain]}"
        seen[plain] = line
    seen[key] = line
    return ""
