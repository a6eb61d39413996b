"""osquery's logs of results: snapshots, and differences row by row or in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.formats.osquery.replay import TABLES, Replay
from itmsctl.inventory.taking import plain


def _knows(value: Any) -> bool:
    return _is_result(value) or _is_status(value)


def _is_result(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and "name" in value
        and ("hostIdentifier" in value or "host_identifier" in value)
        and any(part in value for part in ("snapshot", "columns", "diffResults"))
    )


def _is_status(value: Any) -> bool:
    """Return whether it is a line of what the agent says of itself, which may stand between results."""
    return isinstance(value, Mapping) and {"severity", "filename", "message"} <= value.keys()


def _read(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    hosts: dict[str, Replay] = {}
    held = 0
    for place, value in enumerate(values, 1):
        if _is_status(value):
            continue
        if not _is_result(value):
            raise NotReadableError(f"value {place} is no result of osquery: `name` and `hostIdentifier` are expected")
        host = plain(value.get("hostIdentifier")) or plain(value.get("host_identifier")) or ""
        if host not in hosts:
            hosts[host] = Replay(host, at)
            if len(hosts) > _MOST_HOSTS:
                raise NotReadableError(f"it tells of more than {_MOST_HOSTS:,} computers: split it")
        held += hosts[host].take(value)
        if held > _MOST_ROWS:
            raise NotReadableError(f"it holds more than {_MOST_ROWS:,} rows: split it by computer")
    if not hosts:
        raise NotReadableError("it holds no results of queries, only what the agent says of itself")
    for replay in hosts.values():
        yield replay.pair()


_MOST_ROWS = 500_000
_MOST_HOSTS = 50_000

_SECTIONS = {name: tuple(sorted(one.classes)) for name, one in sorted(TABLES.items())}
_LEFT_OUT = {
    "other tables": "no class has what they tell; each query of theirs is named as not read",
    "status lines": "what the agent says of itself",
}

FORMATS = (Format("osquery", "results: snapshots and differences", "json", _knows, _read, _SECTIONS, _LEFT_OUT),)
