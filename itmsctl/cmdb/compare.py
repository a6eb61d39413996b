"""Whether a database has the schema that the row classes declare: tables, columns, keys, indexes, collation."""

from __future__ import annotations

import importlib.util
import pkgutil
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from itmsctl.cmdb import defined, views
from itmsctl.expressions.registry import Registry

_NOT_OURS = frozenset({"alembic_version"})


def declared() -> sa.MetaData:
    """Return the tables of every room, by importing all `tables` modules."""
    from sqlmodel import SQLModel

    import itmsctl

    for info in pkgutil.iter_modules(itmsctl.__path__):
        name = f"itmsctl.{info.name}.tables"
        if info.ispkg and importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            for part in pkgutil.iter_modules(getattr(module, "__path__", ())):
                importlib.import_module(f"{name}.{part.name}")
    return SQLModel.metadata


def differences(connection: Connection, metadata: sa.MetaData) -> list[str]:
    """Return every difference between the declared tables and those of the database, in words."""
    inspector = sa.inspect(connection)
    wanted = metadata.tables
    stored = set(inspector.get_table_names()) - _NOT_OURS
    found = [f"table `{name}` is missing" for name in sorted(set(wanted) - stored)]
    by_definition = {table.name for table in defined.declared(connection)}
    found += [f"table `{name}` is not declared" for name in sorted(stored - set(wanted) - by_definition)]
    for name in sorted(set(wanted) & stored):
        found += [f"table `{name}`: {text}" for text in _of_table(inspector, wanted[name], connection.dialect)]
    found += defined.differences(connection)
    return found + list(views.differences(connection)) + list(_unreadable(connection))


def _of_table(inspector: sa.Inspector, table: sa.Table, dialect: Dialect) -> Iterator[str]:
    name = table.name
    yield from _of_columns({c["name"]: c for c in inspector.get_columns(name)}, table, dialect)
    pairs: list[tuple[str, set[Any], set[Any]]] = [
        (
            "primary key",
            {tuple(c.name for c in table.primary_key)},
            {tuple(inspector.get_pk_constraint(name)["constrained_columns"])},
        ),
        ("reference", _declared_references(table), _stored_references(inspector, name)),
        ("unique", _declared_unique(table), _stored_unique(inspector, name)),
        ("index", _declared_indexes(table), _stored_indexes(inspector, name)),
    ]
    for what, wanted, stored in pairs:
        yield from (f"{what} {_say(item)} is missing" for item in sorted(wanted - stored, key=str))
        yield from (f"{what} {_say(item)} is not declared" for item in sorted(stored - wanted, key=str))


def _of_columns(stored: dict[str, Any], table: sa.Table, dialect: Dialect) -> Iterator[str]:
    wanted = {c.name: c for c in table.columns}
    yield from (f"column `{name}` is missing" for name in wanted.keys() - stored.keys())
    yield from (f"column `{name}` is not declared" for name in stored.keys() - wanted.keys())
    for name in wanted.keys() & stored.keys():
        declared_type = defined.type_text(wanted[name].type, dialect)
        stored_type = defined.type_text(stored[name]["type"], dialect)
        if declared_type != stored_type:
            yield f"column `{name}` is {stored_type}, declared {declared_type}"
        if bool(wanted[name].nullable) != bool(stored[name]["nullable"]):
            yield f"column `{name}` {'may' if stored[name]['nullable'] else 'may not'} be empty, declared otherwise"


def _declared_references(table: sa.Table) -> set[Any]:
    return {
        (tuple(f.parent.name for f in c.elements), tuple(f.target_fullname for f in c.elements), c.ondelete or "")
        for c in table.foreign_key_constraints
    }


def _stored_references(inspector: sa.Inspector, name: str) -> set[Any]:
    return {
        (
            tuple(key["constrained_columns"]),
            tuple(f"{key['referred_table']}.{column}" for column in key["referred_columns"]),
            key.get("options", {}).get("ondelete", "") or "",
        )
        for key in inspector.get_foreign_keys(name)
    }


def _declared_unique(table: sa.Table) -> set[Any]:
    return {tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, sa.UniqueConstraint)}


def _stored_unique(inspector: sa.Inspector, name: str) -> set[Any]:
    return {tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)}


def _declared_indexes(table: sa.Table) -> set[Any]:
    return {(tuple(c.name for c in i.columns), bool(i.unique)) for i in table.indexes}


def _stored_indexes(inspector: sa.Inspector, name: str) -> set[Any]:
    return {
        (tuple(i["column_names"]), bool(i["unique"]))
        for i in inspector.get_indexes(name)
        if not i.get("duplicates_constraint")
    }


def _say(item: Any) -> str:
    return " ".join(_say(part) for part in item if part != "") if isinstance(item, tuple) else f"{item}"


def _unreadable(connection: Connection) -> Iterator[str]:
    """Yield the data classes of the filter language whose table, view or columns cannot be read."""
    for data_class in Registry.of(connection).classes:
        names = [data_class.key, *(f.column_name for f in data_class.fields if not data_class.map_key)]
        names += [f.order for f in data_class.fields if f.order]
        columns: list[sa.ColumnElement[Any]] = [sa.column(name) for name in dict.fromkeys(names)]
        statement = sa.select(*columns).select_from(sa.table(data_class.table))
        try:
            with connection.begin_nested():
                connection.execute(statement.limit(0))
        except sa.exc.DBAPIError as error:
            yield f"data class `{data_class.name}` cannot be read: {str(error.orig).splitlines()[0]}"
