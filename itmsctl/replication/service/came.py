"""Whether anything here came from another server at all: most servers have nothing of others."""

from __future__ import annotations

from itmsctl.cmdb.work import Reader

CAME = "replicated"  # in the memo of a view: whether anything here came from another server


def any_came(reader: Reader) -> bool:
    """Return whether anything here came from another server; it is asked once in a view."""
    if CAME not in reader.memo:
        found = reader.connection.exec_driver_sql("SELECT 1 FROM replicated_object LIMIT 1").first()
        reader.memo[CAME] = found is not None
    return bool(reader.memo[CAME])
