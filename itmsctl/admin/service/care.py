"""What `doctor` finds where the database needs care: room, output that was never purged, upkeep that is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from itmsctl.cmdb.facts import MAINTAINED_AT, PURGED_AT, RESERVED_BYTES, fact
from itmsctl.cmdb.rows import blobs, heads
from itmsctl.cmdb.work import Reader
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.sizes import size_text
from itmsctl.values.times import from_text

MUCH = 64 * 2**20  # below this nothing is worth a word
MUCH_OUTPUT = 256 * 2**20
MANY_CHANGES = 1000
UPKEEP_DUE = timedelta(days=31)  # rebuild at least monthly (DB-7)
_OK, _INFO = Severity.OK, Severity.INFO


def check(reader: Reader) -> Iterator[Finding]:
    """Yield what needs care (hook `doctor`)."""
    yield _room(reader)
    yield _output(reader)
    yield _upkeep(reader)


def _room(reader: Reader) -> Finding:
    whole, free = _sizes(reader)
    free -= int(fact(reader, RESERVED_BYTES) or 0)
    if free > MUCH and free > whole / 2:
        cause = "rows were removed, and their room was not given back; it is used again as the database grows"
        mend = "itmsctl db maintain" if reader.connection.dialect.name == "sqlite" else "itmsctl db maintain --full"
        return Finding("DATABASE-ROOM", _INFO, f"{size_text(free)} of {size_text(whole)} lie unused", cause, mend)
    return Finding("DATABASE-ROOM", _OK, f"the database takes {size_text(whole)}")


def _sizes(reader: Reader) -> tuple[int, int]:
    connection = reader.connection
    if connection.dialect.name == "sqlite":
        page, count, free = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_size", "page_count", "freelist_count")
        )
        return page * count, page * free
    statement = (
        "SELECT coalesce(sum(pg_table_size(relid)), 0),"
        " coalesce(sum(pg_table_size(relid) * n_dead_tup / nullif(n_live_tup + n_dead_tup, 0)), 0)"
        " FROM pg_stat_user_tables WHERE schemaname = current_schema()"
    )
    whole, dead = connection.exec_driver_sql(statement).one()
    return int(whole), int(dead)


def _output(reader: Reader) -> Finding:
    held = int(reader.scalar(sa.select(sa.func.coalesce(sa.func.sum(blobs.c.size), 0))))
    if held > MUCH_OUTPUT and fact(reader, PURGED_AT) is None:
        cause = "nothing is purged unless told"
        mend = "itmsctl db purge --outputs 30d --runs 90d --dry-run"
        return Finding("OUTPUT-KEPT", _INFO, f"{size_text(held)} of output of runs, and never a purge", cause, mend)
    return Finding("OUTPUT-KEPT", _OK, f"{size_text(held)} of output of runs are kept")


def _upkeep(reader: Reader) -> Finding:
    last = fact(reader, MAINTAINED_AT)
    made = reader.scalar(sa.select(heads.c.seq))
    old = last is None or reader.now - from_text(last) > UPKEEP_DUE
    said = "was never maintained" if last is None else f"was maintained on {last[:10]}"
    if old and made >= MANY_CHANGES:
        cause = "statistics and indexes age as rows come and go"
        return Finding("UPKEEP", _INFO, f"the database {said}", cause, "itmsctl db maintain")
    return Finding("UPKEEP", _OK, f"the database {said}")
