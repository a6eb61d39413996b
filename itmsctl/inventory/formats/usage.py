"""Events of programs: starts, stops and denials that a metering agent tells, as NSE, JSON, NDJSON or CSV (MTR-4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.json_values import one_or_several
from itmsctl.inventory.moments import moment_in
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import Found, guid_of, plain, real
from itmsctl.inventory.told import DENY_EVENT, START, STOP, UsageEvent
from itmsctl.values.untrusted import log_text

_WORDS = {
    START: ("start", "started", "begin", "open"),
    STOP: ("stop", "stopped", "end", "close", "exit"),
    DENY_EVENT: ("deny", "denied", "denial", "block", "blocked"),
}
_EVENT = {word: event for event, words in _WORDS.items() for word in words}
_NAMES = {
    "event": ("event", "type", "action"),
    "at": ("at", "time", "timestamp", "date"),
    "file": ("program", "file", "file_name", "filename", "process_name", "executable"),
    "path": ("path", "file_path"),
    "product": ("product", "product_name", "package"),
    "vendor": ("vendor", "manufacturer", "company", "publisher"),
    "version": ("version", "product_version", "file_version"),
    "user": ("user", "user_name", "username"),
    "seconds": ("seconds", "duration_s", "run_time"),
    "process": ("process", "pid", "process_id"),
    "computer": ("computer", "host", "hostname", "computer_name"),
    "guid": ("guid", "computer_guid", "resource_guid"),
}
_COLUMNS = {name: one for one, names in _NAMES.items() for name in names}
_AT_ONCE = 5000  # events of a computer
_MOST_COMPUTERS = 50_000


def _told(value: Found) -> dict[str, Any]:
    """Return the members of an event by our names for them, whatever case and separators theirs have."""
    found: dict[str, Any] = {}
    for name, member in value.items():
        key = _COLUMNS.get(str(name).strip().lstrip("@").lower().replace(" ", "_").replace("-", "_"))
        if key is not None and member not in (None, ""):
            found.setdefault(key, member)
    return found


def _is_event(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    told = _told(value)
    return plain(told.get("event")) is not None and ("file" in told or "path" in told) and "at" in told


def _event(told: Mapping[str, Any], place: str) -> UsageEvent:
    """Return an event. Raises NotReadableError that says which one is none, and why."""
    word = (plain(told.get("event")) or "").lower()
    event = _EVENT.get(word)
    if event is None:
        raise NotReadableError(f"{place}: `{log_text(word[:40])}` is no event: start, stop or deny")
    at = moment_in(UTC, told.get("at"))
    if at is None:
        raise NotReadableError(f"{place}: it does not say when it was: a time such as 2026-11-30T08:00:00Z")
    path = plain(told.get("path")) or ""
    file = plain(told.get("file")) or path.replace("\\", "/").rpartition("/")[2]
    if not file:
        raise NotReadableError(f"{place}: it names no program")
    if not path and ("/" in file or "\\" in file):
        path, file = file, file.replace("\\", "/").rpartition("/")[2]
    process = real(told.get("process"))
    said = {name: plain(told.get(name)) or "" for name in ("product", "vendor", "version", "user")}
    number = None if process is None or not 0 <= process < 2**31 else int(process)
    return UsageEvent(
        event,
        at,
        file,
        path,
        said["product"],
        said["vendor"],
        said["version"],
        said["user"],
        real(told.get("seconds")),
        number,
    )


def _read_json(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    """Yield what each computer told, some thousand events at a time."""
    events: dict[tuple[str, str], list[UsageEvent]] = {}
    place = 0
    for place, value in enumerate(values, 1):
        if not isinstance(value, Mapping):
            raise NotReadableError(f"value {place} is no event: an object is expected")
        told = _told(value)
        who = (plain(told.get("computer")) or "", guid_of(told.get("guid")) or "")
        mine = events.setdefault(who, [])
        if len(events) > _MOST_COMPUTERS:
            raise NotReadableError(f"it tells of more than {_MOST_COMPUTERS:,} computers: split it")
        mine.append(_event(told, f"event {place}"))
        if len(mine) >= _AT_ONCE:
            yield _pair(who, events.pop(who), at)
    if not place:
        raise NotReadableError("it holds no event")
    for who, mine in events.items():
        yield _pair(who, mine, at)


def _pair(who: tuple[str, str], events: list[UsageEvent], at: datetime) -> Pair:
    name, guid = who
    newest = max(event.at for event in events)
    subject, told = pair_of("usage", min(newest, at), {}, name=name, guid=guid)
    return subject, replace(told, usage=events)


def _knows_xml(value: Any) -> bool:
    return isinstance(value, tuple) and value[0] == "message" and _metering(value[1]) is not None


def _metering(message: Any) -> Found | None:
    body = message.get("body") if isinstance(message, Mapping) else None
    found = body.get("metering") if isinstance(body, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _read_xml(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for value in values:
        if not _knows_xml(value):
            raise NotReadableError("it is no event of programs: `message` with `body` and `metering` is expected")
        message = value[1]
        sender = message.get("from")
        resource = next(one_or_several(sender.get("resource")), {}) if isinstance(sender, Mapping) else {}
        who = {"computer": plain(resource.get("@name")), "guid": plain(resource.get("@guid"))}
        metering = _metering(message) or {}
        yield from _read_json(({**who, **_unmarked(one)} for one in one_or_several(metering.get("event"))), at)


def _unmarked(one: Found) -> dict[str, Any]:
    return {str(name).lstrip("@"): value for name, value in one.items()}


def _lines(text: str) -> Iterator[list[str]]:
    """Yield the cells of the lines of a CSV file: quoted where they hold a separator; no cell spans lines."""
    lines = text.splitlines()
    header = next((line for line in lines if line.strip()), "")
    separator = max(",;\t|", key=header.count)
    for line in lines:
        if line.strip():
            yield list(_cells(line, separator))


def _cells(line: str, separator: str) -> Iterator[str]:
    cell, quoted = "", False
    for part in line.split(separator):
        cell = f"{cell}{separator}{part}" if quoted else part
        quoted = cell.count('"') % 2 == 1
        if not quoted:
            bare = cell.strip()
            yield bare[1:-1].replace('""', '"') if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare
    if quoted:
        yield cell


def _knows_text(value: Any) -> bool:
    header = next(_lines(value[:4096]), []) if isinstance(value, str) else []
    named = {_COLUMNS.get(cell.strip().lower().replace(" ", "_").replace("-", "_")) for cell in header}
    return {"event", "at"} <= named and bool(named & {"file", "path"}) and bool(named & {"computer", "guid"})


def _read_text(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for text in values:
        if not _knows_text(text):
            raise NotReadableError("the first line names no columns event, time, program and computer")
        rows = _lines(text)
        header = next(rows)
        yield from _read_json((dict(zip(header, row, strict=False)) for row in rows), at)


_SECTIONS: dict[str, tuple[str, ...]] = {"start, stop and deny events": ("usage",)}
_LEFT_OUT = {"other columns": "an event is a time, a program, a user and a computer", "events of programs that no "
             "metering policy names": "they are not kept"}  # fmt: skip

FORMATS = (
    Format("usage", "events of programs, as an event in XML", "xml", _knows_xml, _read_xml, _SECTIONS, _LEFT_OUT),
    Format("usage", "events of programs, one object each", "json", _is_event, _read_json, _SECTIONS, _LEFT_OUT),
    Format("usage", "events of programs, as CSV", "text", _knows_text, _read_text, _SECTIONS, _LEFT_OUT),
)
