"""Checking a database, and changing nothing: its pages, references, audit chain, stored bytes and schema."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import chain, compare, faults, foreign, schema, standing, views
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.rows import blobs
from itmsctl.cmdb.said import Said
from itmsctl.errors import (
    AuditChainError,
    AuditDiffersError,
    DatabaseCorruptError,
    FindingsError,
    ForeignCodeError,
    IntegrityError,
)

_SHOWN = 5


@dataclass(frozen=True)
class CheckResult:
    """What one check found. `exit_status` is 0 where all is well."""

    name: str
    exit_status: int
    detail: str

    @property
    def ok(self) -> bool:
        """Return whether all is well."""
        return not self.exit_status


Check = Callable[[Connection], CheckResult]


def check(place: DatabasePlace) -> Iterator[CheckResult]:
    """Run every check on a database, one after the other, on one consistent view of it.

    Raises StorageError where it cannot be read at all. A damaged one ends the row of checks with what was found.
    """
    engine = open_engine(place, purpose="check")
    checks: tuple[Check, ...] = (_pages_sqlite,) if place.is_sqlite else (_pages_postgres,)
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            if not place.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            else:
                connection.exec_driver_sql("PRAGMA query_only=ON")
            audit = _Audit()
            for one in (*checks, _references, _schema, audit.chain, audit.objects, _blobs, _counter):
                result = _guarded(one, connection, place)
                yield result
                if result.exit_status == DatabaseCorruptError.exit_status:
                    return
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()


def of_rows(connection: Connection) -> Iterator[CheckResult]:
    """Run the checks that look at rows, on a connection as it stands: references, audit, objects, stored bytes."""
    audit = _Audit()
    for one in (_references, audit.chain, audit.objects, _blobs, _counter):
        yield one(connection)


def pages(place: DatabasePlace) -> CheckResult:
    """Check the pages alone. Raises StorageError where the database cannot be read at all."""
    return next(check(place))


def _guarded(one: Check, connection: Connection, place: DatabasePlace) -> CheckResult:
    # A page may be so damaged that the check itself cannot go on: that is its result.
    try:
        with faults.mapped(str(place)):
            return one(connection)
    except DatabaseCorruptError as error:
        return CheckResult(one.__name__.strip("_").split("_")[0], error.exit_status, error.why)


def _pages_sqlite(connection: Connection) -> CheckResult:
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(100)")]
    if found == ["ok"]:
        return CheckResult("pages", 0, "integrity_check: ok")
    return CheckResult("pages", DatabaseCorruptError.exit_status, _listed(found))


def _pages_postgres(connection: Connection) -> CheckResult:
    """Check every index with amcheck where the server has it, and read every row whole."""
    count = 0
    amcheck = connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'").first()
    if amcheck is not None:
        for (index,) in connection.exec_driver_sql(
            "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_am a ON a.oid = c.relam"
            " WHERE a.amname = 'btree' AND i.indisvalid"
            " AND c.relnamespace = quote_ident(current_schema())::regnamespace"
        ).all():
            connection.execute(sa.text("SELECT bt_index_check(CAST(:name AS regclass), true)"), {"name": index})
            count += 1
    rows = 0
    for name in sorted(sa.inspect(connection).get_table_names()):
        # Writing each row as text reads it whole, also what is stored beside the table.
        statement = f'SELECT count(*), sum(length(t::text)) FROM "{name}" t'  # noqa: S608 - a table's name
        read = connection.exec_driver_sql(statement).one()
        rows += int(read[0])
    checked = f"{count} indexes checked, " if count else "extension amcheck is not there, "
    return CheckResult("pages", 0, f"{checked}{rows} rows read")


def _references(connection: Connection) -> CheckResult:
    if connection.dialect.name == "sqlite":
        found = [
            f"{table} row {row} names a missing {parent}"
            for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check")
        ]
    else:
        found = list(_dangling(connection))
    if found:
        return CheckResult("references", FindingsError.exit_status, _listed(found))
    return CheckResult("references", 0, "every reference leads to a row")


def _dangling(connection: Connection) -> Iterator[str]:
    inspector = sa.inspect(connection)
    for name in sorted(inspector.get_table_names()):
        for key in inspector.get_foreign_keys(name):
            child, parent = sa.table(name).alias("child"), sa.table(key["referred_table"]).alias("parent")
            pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
            joined = sa.and_(*(sa.column(a, _selectable=child) == sa.column(b, _selectable=parent) for a, b in pairs))
            filled = sa.and_(*(sa.column(a, _selectable=child).is_not(None) for a, _ in pairs))
            missing = ~sa.exists().select_from(parent).where(joined).correlate(child)
            count = connection.execute(
                sa.select(sa.func.count()).select_from(child).where(filled, missing)
            ).scalar_one()
            if count:
                yield f"{count} rows of {name} name a missing {key['referred_table']}"


def _schema(connection: Connection) -> CheckResult:
    foreign_code = list(foreign.found(connection, schema.HEAD))
    foreign_code += [
        f"view `{name}` {what}: itmsctl db upgrade makes the views again"
        for name, what in sorted(views.outdated(connection).items())
        if what != views.MISSING  # which is told below, and hides nothing
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # an index on an expression is named above
        found = [*foreign_code, *compare.differences(connection, compare.declared())]
    if found:
        status = ForeignCodeError.exit_status if foreign_code else FindingsError.exit_status
        return CheckResult("schema", status, _listed(found))
    return CheckResult("schema", 0, "the tables are those that the program declares")


class _Audit:
    """Checks the chain, and then every object against what the chain said of it last."""

    def __init__(self) -> None:
        self.said: Said | None = Said()

    def chain(self, connection: Connection) -> CheckResult:
        """Check the chain, and collect what it says."""
        try:
            found = chain.verified(connection, self.said)
        except AuditChainError as error:
            self.said = None
            return CheckResult("audit", error.exit_status, f"{error.message}: {error.why}")
        return CheckResult("audit", 0, str(found))

    def objects(self, connection: Connection) -> CheckResult:
        """Compare every object. Where the chain is broken, nothing can be said."""
        if self.said is None:
            return CheckResult("objects", AuditDiffersError.exit_status, "not compared: the audit chain is broken")
        found = [str(one) for one in standing.differences(connection, self.said)]
        if found:
            return CheckResult("objects", AuditDiffersError.exit_status, _listed(found))
        return CheckResult("objects", 0, f"{len(self.said.last)} objects are what the audit said of them last")


def _blobs(connection: Connection) -> CheckResult:
    count, found = 0, []
    for row in connection.execute(sa.select(blobs).execution_options(yield_per=200)):
        count += 1
        data = bytes(row.data)
        if hashlib.sha256(data).digest() != bytes(row.sha256) or len(data) != row.size:
            found.append(f"blob {bytes(row.sha256).hex()[:16]} does not hold what its digest says")
    if found:
        return CheckResult("blobs", IntegrityError.exit_status, _listed(found))
    return CheckResult("blobs", 0, f"{count} blobs hold")


def _counter(connection: Connection) -> CheckResult:
    """Check that the next id has not been given to anything."""
    if connection.dialect.name == "sqlite":
        following = connection.exec_driver_sql("SELECT next FROM id_block WHERE name = 'item'").scalar_one()
    else:
        last, called = connection.exec_driver_sql("SELECT last_value, is_called FROM item_id").one()
        following = last + 1 if called else last
    used = connection.exec_driver_sql("SELECT max(id) FROM change_set").scalar() or 0
    if following <= used:
        return CheckResult("counter", FindingsError.exit_status, f"the next id is {following}, but {used} is in use")
    return CheckResult("counter", 0, f"the next id is {following}")


def _listed(found: list[str]) -> str:
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more
