"""Documented views of the CMDB: what SQL filters and reports may read.

The view of a noun follows from its `Kind` (`view_of`): `v_site` shows every field of a site, `v_gateway_server` each
pair of a list of references. What is kept elsewhere, or is no field, a room declares in its `views.py`; a column there
that shows a field of a noun names it: `of=("computer.address",)`.

A view reads tables, never another view, so that views can be made in any order and none costs more than its tables.
What is secret is in no view. The database is given all of them whenever its schema is brought to the newest revision
(`cmdb.views`); a declaration that changed without a new revision comes with `itmsctl db upgrade`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from itmsctl.values.kind import Field, Kind, Owner, Type, house
from itmsctl.values.lean import dataclass
from itmsctl.values.types import meaning


@dataclass(frozen=True)
class ViewColumn:
    """A column that people may name; one without `help` is the program's own.

    `sql` says what it holds in a view of a noun, whose row is `o` there. `of` names the fields that it shows.
    """

    name: str
    help: str = ""
    type: Type = Type.TEXT
    sql: str = ""
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """A view of the schema, in SQL that both engines read.

    `computer` is the column with the GUID of a computer, by which roles will narrow it; empty where no row tells of
    one. `classes` are the data classes whose changes can change it: a view that has them may be read by a SQL filter.
    The query may give more columns than are documented; those are the program's own.
    """

    name: str
    help: str
    sql: str
    columns: tuple[ViewColumn, ...] = ()
    computer: str = ""
    classes: tuple[str, ...] = ()

    @property
    def is_documented(self) -> bool:
        """Return whether people may read it; a view without columns is the program's own."""
        return bool(self.columns)

    @property
    def types(self) -> Mapping[str, Type]:
        """Return the documented columns with their types."""
        return {column.name: column.type for column in self.columns}


@cache
def every_view() -> tuple[View, ...]:
    """Return every view of the schema by name; the rooms' `views` modules are imported only now."""
    said = [view for module in house().modules("views") for view in module.VIEWS]
    elsewhere = {field for view in said for column in view.columns for field in column.of}
    made = [view for kind in house().kinds() for view in (view_of(kind), *_lists_of(kind, elsewhere))]
    found = {view.name: view for view in (*made, *said)}
    return tuple(found[name] for name in sorted(found))


# --- views of nouns ---------------------------------------------------------------------------------------------------

# Names that a query has to quote: SQL has another meaning for them.
_RESERVED = frozenset({"collation", "database", "is", "limit", "start", "user", "view", "when", "where", "window"})


def view_of(kind: Kind, *beside: ViewColumn, computer: str = "", classes: tuple[str, ...] = ()) -> View:
    """Return the view of a noun: every field that has a column and is not secret, references by name.

    `beside` are further columns.
    """
    noun = kind.name.replace("-", " ")
    fields = [field for field in kind.fields if field.column_name and field.owner is not Owner.SECRET]
    columns = (
        ViewColumn("guid", f"GUID of the {noun}", Type.GUID),
        ViewColumn("name", f"name of the {noun}"),
        *(_column(kind, field) for field in fields),
        *beside,
        ViewColumn("created_at", "when it was added", Type.TIME),
        ViewColumn("changed_at", "when it was last changed", Type.TIME),
        ViewColumn("revision", "how often it was changed, from 1", Type.INT),
    )
    shown = ", ".join(f'{one.sql or "o." + one.name} AS "{one.name}"' for one in columns)
    joins = [f"{kind.table} o", *([f"JOIN {kind.typed} t ON t.id = o.id"] if kind.typed else [])]
    for field in fields:
        if field.type is Type.REF:
            joins.append(f"LEFT JOIN {_noun(field.ref).table} r_{field.name} ON r_{field.name}.id = {_at(kind, field)}")
    sql = f"SELECT {shown} FROM {' '.join(joins)}"  # noqa: S608 - ours
    people = tuple(one for one in columns if one.help)
    return View(f"v_{_word(kind)}", f"one row a {noun}", sql, people, computer, classes)


def _column(kind: Kind, field: Field) -> ViewColumn:
    type_ = Type.INT if field.sql == "int" else meaning(field.type).shown
    sql = f'r_{field.name}."name"' if field.type is Type.REF else _at(kind, field)
    return ViewColumn(field.name, _help(field), type_, sql, (f"{kind.name}.{field.name}",))


def _at(kind: Kind, field: Field) -> str:
    return ("t" if kind.typed else "o") + f'."{field.column_name}"'


def _help(field: Field) -> str:
    """Return what a column is, from what the option of its field says."""
    text = field.help.rstrip(".")
    text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    choices = f"; one of {', '.join(field.choices)}" if field.choices else ""
    quoted = f'; written "{field.name}"' if field.name in _RESERVED else ""
    return text + choices + meaning(field.type).unit + quoted


def _lists_of(kind: Kind, elsewhere: set[str]) -> Iterator[View]:
    """Yield a view of pairs for each list of references that no view of a room shows."""
    for field, link in kind.links:
        if f"{kind.name}.{field.name}" in elsewhere:
            continue
        other = _noun(field.ref)
        own, its = _word(kind), "other" if other is kind else _word(other)
        yield View(
            f"v_{link.table}",
            f"one row a pair: {kind.name.replace('-', ' ')}, and one of its {field.name.replace('_', ' ')}",
            f"SELECT o.name AS {own}, r.name AS {its} FROM {link.table} l "  # noqa: S608 - ours
            f"JOIN {kind.table} o ON o.id = l.{link.own} JOIN {other.table} r ON r.id = l.{link.other}",
            (
                ViewColumn(own, f"name of the {kind.name.replace('-', ' ')}"),
                ViewColumn(its, _help(replace(field, type=Type.TEXT)), of=(f"{kind.name}.{field.name}",)),
            ),
        )


def _word(kind: Kind) -> str:
    return kind.name.replace("-", "_")


def _noun(name: str) -> Kind:
    kind = house().kind(name)
    assert kind is not None, name
    return kind
