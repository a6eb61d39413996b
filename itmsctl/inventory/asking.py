"""How filters and reports ask a data class: the filter class and the documented view that follow from its definition.

Both read the table of the class (`inv_<class>`) and, where columns are shared, its dictionary. Lists and maps are in
the view, as JSON, and no filter asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from itmsctl.inventory import catalogue
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.values.kind import FilterClass, FilterField, Type
from itmsctl.values.sources import DATA_TABLE
from itmsctl.values.types import meaning
from itmsctl.values.view import View, ViewColumn

STATES = "inventory_state"
"""The table that says which classes were collected from which computers."""

_KEYED = frozenset({Type.VERSION, Type.ADDRESS})
_ASKED_AS = {Type.PREFIX: Type.TEXT, Type.DURATION: Type.REAL}
_UNASKED = frozenset({Type.LIST, Type.MAP})


def table_of_class(name: str) -> str:
    """Return the table that holds the rows of a class."""
    return DATA_TABLE + name


def view_of_class(name: str) -> str:
    """Return the documented view of a class."""
    return f"v_{DATA_TABLE}{name}"


def dictionary_of(name: str) -> str:
    """Return the table that holds what rows of a class share, each combination once."""
    return f"{DATA_TABLE}{name}_entry"


def keyed(one: DataClass) -> tuple[ClassColumn, ...]:
    """Return the columns that have a key beside them by which filters compare: versions, and addresses."""
    return tuple(column for column in one.columns if is_keyed(column))


def is_keyed(column: ClassColumn) -> bool:
    """Return whether a column has a key beside it: filters ask for it, and its text does not sort as it should."""
    return column.is_filter and column.type in _KEYED


def key_column(name: str) -> str:
    """Return the column that holds the key of another one."""
    return f"{name}_key"


@cache
def filter_class_of(one: DataClass) -> FilterClass:
    """Return the class of the filter language that a data class is."""
    return FilterClass(
        name=one.name,
        table=_rows_of(one),
        key="computer_id",
        fields=tuple(_field(column) for column in one.columns if column.is_filter and column.type not in _UNASKED),
        help=one.help,
        multi=one.is_multi,
        collected_in=STATES,
        tables=(table_of_class(one.name),),
    )


def _field(column: ClassColumn) -> FilterField:
    type_ = _ASKED_AS.get(column.type, column.type)
    # An address is asked by its bytes alone; a version is shown, and matched by a pattern, as it is written.
    return FilterField(
        column.name,
        type_,
        _help(column),
        column=key_column(column.name) if type_ is Type.ADDRESS else "",
        order=key_column(column.name) if type_ is Type.VERSION else "",
    )


def _help(column: ClassColumn) -> str:
    text = column.help.rstrip(".")
    return (text if text[1:2].isupper() else text[:1].lower() + text[1:]) + (
        f"; in {column.unit}" if column.unit else ""
    )


def _documented(one: DataClass) -> View:
    noun = "a computer" if not one.is_multi else "a computer and " + ", ".join(one.key)
    columns = (
        ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
        ViewColumn("computer", "name of the computer"),
        *(ViewColumn(column.name, _shown_help(column), _shown(column)) for column in one.columns),
        ViewColumn("since", "since when the row is as it is", Type.TIME),
    )
    return View(
        view_of_class(one.name), f"one row {noun}: {_lowered(one.help)}", _sql(one), columns, "computer_guid",
        ("computer", one.name),
    )  # fmt: skip


def views_of(one: DataClass) -> Iterator[View]:
    """Yield the views of a class: the documented one and, where columns are shared, one that filters read."""
    yield _documented(one)
    if one.shared:
        columns = [*_columns(one), *(f'{_side(one, c.name)}."{key_column(c.name)}"' for c in keyed(one))]
        sql = f"SELECT i.computer_id, {', '.join(columns)} FROM {_tables(one)}"  # noqa: S608 - ours
        yield View(_rows_of(one), f"{one.name}, as filters read it", sql)


def _rows_of(one: DataClass) -> str:
    # Filters need no name of the computer: its table is not joined for them.
    return f"{view_of_class(one.name)}_rows" if one.shared else table_of_class(one.name)


def _sql(one: DataClass) -> str:
    # Joined from the left, so that a question that asks for no name never looks.
    who = "LEFT JOIN resource r ON r.id = i.computer_id"
    who += " LEFT JOIN inventory_computer f ON f.computer_id = i.computer_id"
    since = "COALESCE(i.since, f.first_at) AS since"
    own = ("i.computer_id", "i.row_key")
    columns = [*own, "r.guid AS computer_guid", "r.name AS computer", *_columns(one), since]
    return f"SELECT {', '.join(columns)} FROM {_tables(one)} {who}"  # noqa: S608 - ours


def _columns(one: DataClass) -> list[str]:
    return [f'{_side(one, column.name)}."{column.name}"' for column in one.columns]


def _tables(one: DataClass) -> str:
    joined = f" JOIN {dictionary_of(one.name)} e ON e.entry_id = i.entry_id" if one.shared else ""
    return f"{table_of_class(one.name)} i{joined}"


def _side(one: DataClass, column: str) -> str:
    return "e" if column in one.shared else "i"


def _shown(column: ClassColumn) -> Type:
    return meaning(column.type).shown


def _shown_help(column: ClassColumn) -> str:
    return _help(column) + meaning(column.type).unit


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


class ShippedClasses:
    """The data classes that come with the program, for the registry of filters."""

    def names(self) -> Sequence[str]:
        """Return their names."""
        return catalogue.names()

    def filter_class(self, name: str) -> FilterClass | None:
        """Return the class of that name, or None."""
        one = catalogue.definitions().get(name)
        return None if one is None else filter_class_of(one)


def data_views() -> Iterator[View]:
    """Yield the views of each class that comes with the program."""
    yield from (view for one in catalogue.definitions().values() for view in views_of(one))
