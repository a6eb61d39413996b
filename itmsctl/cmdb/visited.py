"""A CMDB that is only read from, whatever its revision, such as one of several that a report asks.

Nothing is made there and nothing is noted of it: no high-water mark, no home.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import faults
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.found import read_facts
from itmsctl.cmdb.views import own_views
from itmsctl.cmdb.work import Reader, in_utc
from itmsctl.errors import StorageError
from itmsctl.values.times import Clock
from itmsctl.values.view import View


@dataclass(frozen=True, eq=False, repr=False)
class VisitedCmdb:
    """One consistent view of a CMDB of anybody's: who it is, and when it last changed."""

    reader: Reader
    changed_at: datetime | None

    def own_views(self) -> tuple[View, ...]:
        """Return the documented views that follow from what stands in it; none where it is too old to say."""
        try:
            with self.reader.connection.begin_nested():
                return own_views(self.reader.connection)
        except sa.exc.DBAPIError:
            return ()

    def interrupt(self) -> None:
        """Have the database end what it was asked, from another thread."""
        driver: Any = self.reader.connection.connection.driver_connection
        (driver.interrupt if self.reader.connection.dialect.name == "sqlite" else driver.cancel)()

    def lacking(self, wanted: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
        """Return, of views and columns that are asked for, the views that lack some, each with the columns it has."""
        found = {}
        for name, columns in wanted.items():
            there = _columns_of(self.reader.connection, name)
            if not there >= set(columns):
                found[name] = there
        return found


@contextmanager
def visit(
    place: DatabasePlace, clock: Clock, *, busy_timeout_s: float, ask_zone: Callable[[], str] = in_utc
) -> Iterator[VisitedCmdb]:
    """Yield the CMDB of a place, to be read by this thread.

    Raises StorageError where there is none, and its kin; DatabaseForeignError for a database of somebody else.
    """
    missing = StorageError(f"there is no CMDB at {place}", hint="a path or a URL of one that is there")
    if place.path is not None and not place.path.is_file():
        raise missing
    engine = open_engine(place, purpose="report", busy_timeout_s=busy_timeout_s, read_only=True)
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            facts = read_facts(connection)
            if facts.revision is None:
                raise missing
            yield VisitedCmdb(Reader(connection, clock(), facts.meta["server_guid"], ask_zone), facts.at)
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()


def _columns_of(connection: Connection, view: str) -> frozenset[str]:
    try:
        return frozenset(column["name"] for column in sa.inspect(connection).get_columns(view))
    except sa.exc.NoSuchTableError:
        return frozenset()
