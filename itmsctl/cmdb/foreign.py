"""What acts inside a database and was not made by this program: triggers, rules, functions, changed definitions.

A trigger can rewrite what a command stores while the audit records what was typed. So a database that holds one is
refused when it is opened or restored (`refuse`, one short query), and `db check` compares every definition (`found`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.errors import ForeignCodeError

_SHOWN = 5
_IN_OURS = "quote_ident(current_schema())::regnamespace"
# What can act by itself in PostgreSQL. Referential integrity is kept by internal triggers, views by rules `_RETURN`.
_ACTING = f"""
    SELECT 'trigger', t.tgname::text, c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT t.tgisinternal AND c.relnamespace = {_IN_OURS}
    UNION ALL SELECT 'rule', r.rulename::text, c.relname::text FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
     WHERE r.rulename <> '_RETURN' AND c.relnamespace = {_IN_OURS}
    UNION ALL SELECT 'row policy', p.polname::text, c.relname::text FROM pg_policy p
      JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = {_IN_OURS}
    ORDER BY 1, 2, 3
"""  # noqa: S608 - a constant of ours
_CONSTRAINTS = ("PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK", "CONSTRAINT")
# Functions of an extension, such as amcheck, belong to it.
_FUNCTIONS = f"""
    SELECT p.proname FROM pg_proc p WHERE p.pronamespace = {_IN_OURS}
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1
"""  # noqa: S608 - a constant of ours
_DEFAULTS = f"""
    SELECT c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
      JOIN pg_class c ON c.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
     WHERE c.relnamespace = {_IN_OURS} ORDER BY 1, 2
"""  # noqa: S608 - a constant of ours
_CHECKS = f"""
    SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.contype IN ('c', 't', 'x') AND c.relnamespace = {_IN_OURS} ORDER BY 1, 2
"""  # noqa: S608 - a constant of ours


def refuse(connection: Connection, place: str) -> None:
    """Raise ForeignCodeError where something acts in the database by itself: this program makes nothing of the kind."""
    said = [f"{what} `{name}` on {table}" for what, name, table in acting(connection)]
    if said:
        more = f"; and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
        raise ForeignCodeError(
            f"{place} holds what acts by itself and was not made by itmsctl",
            why="; ".join(said[:_SHOWN]) + more,
            hint="itmsctl db check names everything; drop it there, or itmsctl db restore --from BACKUP",
            details={"found": said},
        )


def acting(connection: Connection) -> list[tuple[str, str, str]]:
    """Return what acts by itself: its sort, its name, and on which table."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT type, name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        return [(str(a), str(b), str(c)) for a, b, c in connection.exec_driver_sql(statement)]
    return [(a, b, c) for a, b, c in connection.exec_driver_sql(_ACTING)]


def found(connection: Connection, revision: str) -> Iterator[str]:
    """Yield every difference between the definitions in the database and those that this program makes, in words.

    Views are not among them: they hold nothing and act by no one, and those of another version are made again.
    """
    yield from (f"{what} `{name}` on {table} is not ours" for what, name, table in acting(connection))
    yield from _of_sqlite(connection, revision) if connection.dialect.name == "sqlite" else _of_postgres(connection)


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _of_sqlite(connection: Connection, revision: str) -> Iterator[str]:
    from itmsctl.cmdb import defined

    wanted, stored = _made(revision), _definitions(connection)
    for key in sorted(wanted.keys() | stored.keys()):
        if key not in stored or key[0] == "trigger":
            continue  # what is missing does nothing; the comparison of tables names it
        same = key in wanted and _in_order(wanted[key]) == _in_order(stored[key])
        if same or defined.is_ours(connection, key[1], stored[key]):
            continue
        if key not in wanted:
            yield f"{key[0]} `{key[1]}` is not ours"
        else:
            yield f"{key[0]} `{key[1]}` is defined otherwise"


def _definitions(connection: Connection) -> dict[tuple[str, str], str]:
    # As bytes: text that is none would end the reading of all others.
    statement = (
        "SELECT type, name, CAST(coalesce(sql, '') AS BLOB) FROM sqlite_master"
        " WHERE type <> 'view' AND name NOT LIKE 'sqlite_stat%' AND name <> 'sqlite_sequence'"
    )
    rows = connection.exec_driver_sql(statement).all()
    return {(what, name): bytes(sql).decode("utf-8", "backslashreplace") for what, name, sql in rows}


def _in_order(sql: str) -> str:
    """Return a definition with the constraints of its table in order: a migration that copies a table mixes them."""
    lines = [line.strip().rstrip(",") for line in sql.splitlines()]
    constraints = [line for line in lines if line.startswith(_CONSTRAINTS)]
    return "\n".join([*(line for line in lines if line not in constraints), *sorted(constraints)])


@lru_cache(maxsize=4)
def _made(revision: str) -> dict[tuple[str, str], str]:
    """Return the definitions that the migrations make, by making an empty database."""
    import tempfile

    from itmsctl.cmdb import schema

    with tempfile.TemporaryDirectory(prefix="itmsctl-") as folder:
        path = Path(folder) / "made.sqlite"
        place = DatabasePlace(URL.create("sqlite", database=str(path)), path)
        schema.migrate(place, target=revision)
        engine = open_engine(place, purpose="check")
        try:
            with engine.connect() as connection:
                return _definitions(connection)
        finally:
            engine.dispose()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _of_postgres(connection: Connection) -> Iterator[str]:
    for (name,) in connection.exec_driver_sql(_FUNCTIONS):
        yield f"function `{name}` is not ours"
    for table, column, default in connection.exec_driver_sql(_DEFAULTS).all():
        if not str(default).startswith(f"nextval('{table}_{column}_seq'"):
            yield f"column `{column}` of `{table}` has a default that is not ours: {default}"
    for table, name in connection.exec_driver_sql(_CHECKS):
        yield f"constraint `{name}` of `{table}` is not ours"
