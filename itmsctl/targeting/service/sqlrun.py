"""Run a SQL filter: read-only, with a time limit, and only GUIDs of computers come out (FILT-10)."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb import readonly
from itmsctl.cmdb.views import own_views
from itmsctl.cmdb.work import Reader
from itmsctl.errors import SqlFilterError
from itmsctl.expressions.sqltext import FUNCTIONS
from itmsctl.targeting import sqlcheck

TIME_LIMIT_S = 20.0


def checked(reader: Reader, text: str) -> sqlcheck.CheckedQuery:
    """Check a query for this engine, and that a WITH hides no table of the database.

    Raises SqlFilterError.
    """
    found = sqlcheck.check(text, readonly.dialect_of(reader), own_views(reader.connection))
    for name in sorted(found.with_names):
        if sa.inspect(reader.connection).has_table(name):
            raise SqlFilterError(f"`{name}` is the name of a table; name the WITH otherwise")
    return found


def matching_ids(reader: Reader, text: str, *, limit_s: float = TIME_LIMIT_S) -> list[int]:
    """Return the ids of the computers whose GUIDs a checked query gives; other values are passed over.

    Raises SqlFilterError where the engine refuses it, or it runs over its time limit.
    """
    query = (
        f"SELECT DISTINCT v.id FROM v_computer v JOIN (\n{text}\n) AS asked ON v.guid = lower(CAST(asked.guid AS TEXT))"  # noqa: S608 - checked
    )
    question = readonly.Question(
        query,
        limit_s,
        FUNCTIONS,
        SqlFilterError,
        refused_hint="try it with `filter add NAME --sql ... --dry-run`",
        slow_hint="narrow it, or ask with --where, which uses indexes",
    )
    with readonly.asked(reader, question) as pages:
        return sorted(row[0] for page in pages for row in page)
