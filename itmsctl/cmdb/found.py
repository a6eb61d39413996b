"""What stands in a database: its tables, and what it says of itself."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl import errors
from itmsctl.cmdb import home
from itmsctl.cmdb.engine import DatabasePlace
from itmsctl.cmdb.home import Home
from itmsctl.cmdb.types import moment_of
from itmsctl.values.lean import dataclass

_HEAD = "SELECT h.seq, h.hash, (SELECT c.at FROM change_set c WHERE c.seq = h.seq) AS at FROM chain_head h"


@dataclass(frozen=True, eq=False, repr=False)
class Facts:
    """What a database says of itself; of an empty one the revision is none.

    `at` is when its last change was recorded. `asked` is what a server says of itself besides (`home.POSTGRES`).
    """

    revision: str | None
    meta: dict[str, str] = field(default_factory=dict)
    seq: int = 0
    hash: str = ""
    at: datetime | None = None
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def user(self) -> str:
        """Return whom a database server knows us as."""
        return self.asked.get("@user", "")

    def here(self, place: DatabasePlace) -> Home:
        """Return the place where the database is."""
        return home.of_file(place.path) if place.path is not None else home.of_postgres(self.asked, str(place))


@dataclass(frozen=True, eq=False, repr=False)
class Tables:
    """The names of the tables where ours would be, and the schemas (of PostgreSQL) that hold a chain of ours."""

    names: frozenset[str]
    schema: str | None = None
    elsewhere: tuple[str, ...] = ()


def revision(connection: Connection, *, lone: bool = False) -> str | None:
    """Return the revision that the database says it has; None where it is empty.

    `lone` looks at one schema of PostgreSQL alone, whatever others hold. Raises DatabaseForeignError where it holds
    tables, but no revision of ours.
    """
    return _revision_of(connection, _tables(connection), lone=lone)


def _revision_of(connection: Connection, tables: Tables, *, lone: bool) -> str | None:
    names = tables.names
    if tables.elsewhere and not lone and ("chain_head" not in names or not _is_chosen(connection)):
        raise _in_other_schemas(tables)
    found: str | None = None
    if "alembic_version" in names:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and "chain_head" in names:
        return found
    if not names - {"alembic_version"}:
        return None
    if "chain_head" in names or "change_set" in names:
        raise errors.DatabaseForeignError(
            "the database holds tables of itmsctl, but no revision: a migration was stopped half way by another tool",
            hint="itmsctl db restore --from BACKUP",
        )
    raise errors.DatabaseForeignError(
        "the database holds tables of another program", why=", ".join(sorted(names)[:5]), hint="give it one of its own"
    )


def _tables(connection: Connection) -> Tables:
    """Return which tables there are, in one read."""
    if connection.dialect.name != "postgresql":
        statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return Tables(frozenset(connection.exec_driver_sql(statement).scalars()))
    rows = connection.exec_driver_sql(
        "SELECT n.nspname, c.relname, current_schema() FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND (n.nspname = current_schema() OR c.relname = 'chain_head')"
        " UNION ALL SELECT NULL, NULL, current_schema()"
    ).all()
    current = rows[0][2]
    inside = frozenset(name for schema, name, _ in rows if name is not None and schema == current)
    others = tuple(sorted(schema for schema, name, _ in rows if name is not None and schema != current))
    return Tables(inside, current, others)


def _is_chosen(connection: Connection) -> bool:
    # By default the path begins with a schema of the login's name, which others may make.
    source = connection.exec_driver_sql("SELECT source FROM pg_settings WHERE name = 'search_path'").scalar()
    return source != "default"


def _in_other_schemas(tables: Tables) -> errors.DatabaseForeignError:
    listed = " and ".join(f"`{name}`" for name in tables.elsewhere)
    where = f"`{tables.schema}`" if tables.schema else "no schema"
    too = " too" if "chain_head" in tables.names else ""
    return errors.DatabaseForeignError(
        f"tables of this program stand in the schema {listed}, and the search path leads to {where}{too}; "
        "nothing was made",
        why="two CMDBs in one database, or a search path that is not the one it was made with",
        hint=f"say which: --db 'postgresql://...?options=-csearch_path%3D{quote(tables.elsewhere[0])}'",
    )


def read_facts(connection: Connection, *, lone: bool = False) -> Facts:
    """Return what a database says of itself, in a few short reads.

    `lone` looks at one schema of PostgreSQL alone, whatever others hold. Raises DatabaseForeignError.
    """
    tables = _tables(connection)
    found = _revision_of(connection, tables, lone=lone)
    if found is None:
        return Facts(None, asked=_asked(connection, home.POSTGRES_EMPTY))
    known = _asked(connection, home.POSTGRES) or dict(_pairs(connection, "SELECT key, value FROM meta"))
    meta = {key: value for key, value in known.items() if not key.startswith("@")}
    head = connection.exec_driver_sql(_HEAD).first()
    if head is None or not meta.keys() >= {"server_guid", "epoch", "nonce"} or not meta["epoch"].isdigit():
        raise errors.DatabaseForeignError(
            "the database has tables of these names, but they are not those of itmsctl: it says of no server",
            why=f"schema `{tables.schema}` comes first in the search path" if tables.schema else "",
            hint="give the right database, or on PostgreSQL: ?options=-csearch_path%3DSCHEMA",
        )
    asked = {key: value for key, value in known.items() if key.startswith("@")}
    return Facts(found, meta, int(head.seq), head.hash, moment_of(head.at), asked)


def _asked(connection: Connection, statement: str) -> dict[str, str]:
    """Return what a server says of itself; nothing of SQLite."""
    if connection.dialect.name != "postgresql":
        return {}
    try:
        return dict(_pairs(connection, statement))
    except sa.exc.ProgrammingError:  # the role may not ask
        connection.rollback()
        return dict(_pairs(connection, home.without_cluster(statement)))


def _pairs(connection: Connection, statement: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.exec_driver_sql(statement)]
