"""NSE: the event by which inventory travels as a file, as XML or as what our own gatherer writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.catalogue import definitions
from itmsctl.inventory.custom_output import CustomOutputError
from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.gathering.shell import rows_of_text, settled
from itmsctl.inventory.json_values import one_or_several
from itmsctl.inventory.moments import moment_in, zone_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import Found, guid_of, plain, truth
from itmsctl.inventory.told import LooseChange, ToldChange
from itmsctl.values.untrusted import log_text

_STAMP = re.compile(r"([0-9]{14})(?:\.[0-9]{1,9})?([+-][0-9]{4})?")
_CLASS = re.compile("[a-z][a-z0-9_]{0,63}")
_MOST_ROWS = 500_000
_NUMBERED = re.compile("c[0-9]{1,3}")


def is_numbered(column: str) -> bool:
    """Return whether a column is told by its place in the class, as the suite's own files do: `c0`."""
    return _NUMBERED.fullmatch(column) is not None


def _listed(value: Any) -> list[Found]:
    """Return the elements of a name: none, one, or a list."""
    return list(one_or_several(value))


def _knows_xml(value: Any) -> bool:
    if not (isinstance(value, tuple) and value[0] == "message" and isinstance(value[1], Mapping)):
        return False
    body = value[1].get("body")
    is_usage = isinstance(body, Mapping) and "metering" in body and "inventory" not in body  # another format reads it
    return "body" in value[1] and not is_usage


def _read_xml(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for value in values:
        if not _knows_xml(value):
            raise NotReadableError("it is no NSE: `message` with `body` is expected")
        message = value[1]
        body = message["body"]
        inventory = body.get("inventory") if isinstance(body, Mapping) else None
        if not isinstance(inventory, Mapping):
            kinds = ", ".join(log_text(name) for name in body) if isinstance(body, Mapping) else "nothing"
            raise NotReadableError(f"it is an NSE of another kind ({kinds[:100]}): only inventories are read")
        when = _moment(message.get("time")) or at
        for ref, who in _subjects(message, inventory).items():
            yield _pair(ref, who, inventory, when)


def _moment(value: Any) -> datetime | None:
    found = _STAMP.fullmatch(plain(value) or "")
    if found is None:
        return moment_in(UTC, value)
    try:
        moment = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=zone_of(found[2]))
    except ValueError:
        return None
    return moment.astimezone(UTC)


def _subjects(message: Found, inventory: Found) -> dict[str, Found]:
    """Return who the data are of, by what data refer to: the resources of the inventory, or else the sender."""
    within = inventory.get("resources")
    found = _listed(within.get("resource")) if isinstance(within, Mapping) else []
    sender = message.get("from")
    found = found or (_listed(sender.get("resource")) if isinstance(sender, Mapping) else [])
    if not found:
        raise NotReadableError("it does not say which computer it is of")
    return {plain(one.get("@ref")) or str(place): one for place, one in enumerate(found)}


def _pair(ref: str, who: Found, inventory: Found, when: datetime) -> Pair:
    whole: dict[str, Rows] = {}
    changes: dict[str, LooseChange] = {}
    unread: dict[str, str] = {}
    guid = guid_of(who.get("@guid")) or ""
    for one in _listed(inventory.get("inventoryClass")) + _listed(inventory.get("dataClass")):
        name = (plain(one.get("@name")) or "").strip().lower().replace(" ", "_").replace("-", "_")
        if not _CLASS.fullmatch(name):
            unread[plain(one.get("@guid")) or "?"] = "a class is known by its name here, and this one has none"
            continue
        data = one.get("data")
        for told in _listed(data.get("resource")) if isinstance(data, Mapping) else ():
            of = plain(told.get("@resourceRef")) or plain(told.get("@ref"))
            if of is not None and of != ref:
                continue
            if of is None and guid_of(told.get("@guid")) not in {None, guid}:
                continue
            rows = [(_row(row), truth(row.get("@removed"))) for row in _listed(told.get("row"))]
            if truth(told.get("@partialUpdate")):
                gone = [row for row, removed in rows if removed]
                changes[name] = LooseChange([row for row, removed in rows if not removed], gone)
            else:
                whole[name] = [*whole.get(name, ()), *(row for row, removed in rows if not removed)]
    subject, told_ = pair_of("nse", when, whole, name=plain(who.get("@name")) or "", guid=guid, unread=unread)
    emptied: dict[str, Rows] = {name: rows for name, rows in whole.items() if not rows}
    return subject, replace(told_, classes={**told_.classes, **emptied}, changes=changes)


def _row(row: Found) -> dict[str, Any]:
    """Return a row: its attributes are columns, and so are elements in it, several of one name a list."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name.startswith("@") and name not in {"@removed", "@hash"}:
            found[name[1:]] = value
        elif not name.startswith(("@", "#")) and (isinstance(value, str) or _is_texts(value)):
            found[name] = value
    return found


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


# --- what our own gatherer answers, saved to a file -------------------------------------------------------------------


def _knows_json(value: Any) -> bool:
    return isinstance(value, Mapping) and "itms-inventory" in value


def _read_json(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    answer: _SavedAnswer | None = None
    for value in values:
        if answer is None:
            if not _knows_json(value):
                raise NotReadableError("it is no answer of the gatherer: a head with `itms-inventory` is expected")
            answer = _SavedAnswer(value, at)
        elif answer.take(value):
            yield answer.pair()
            answer = None
    if answer is not None:
        raise NotReadableError("its last line is missing: it was cut off")


class _SavedAnswer:
    """An answer as it is read, line by line."""

    def __init__(self, head: Found, at: datetime) -> None:
        if head.get("itms-inventory") != 1:
            raise NotReadableError(f"it is of another protocol: {log_text(str(head.get('itms-inventory'))[:40])}")
        self._at = moment_in(UTC, head.get("at")) or at
        self._whole: dict[str, Rows] = {}
        self._unread: dict[str, str] = {}
        self._deltas: dict[str, ToldChange] = {}
        self._same: dict[str, str] = {}
        self._texts: set[str] = set()
        self._held = 0
        package = head.get("package")
        self._package = guid_of(package.get("id")) or "" if isinstance(package, Mapping) else ""

    def take(self, line: Any) -> bool:
        """Take a line; return whether it was the last one. Raises NotReadableError where lines were lost or changed."""
        if not isinstance(line, Mapping):
            raise NotReadableError("a line is no object")
        name = line.get("class")
        if isinstance(name, str) and _CLASS.fullmatch(name):
            self._class(name, line)
            return False
        if "lines" not in line:
            raise NotReadableError("a line is of no class")
        if line["lines"] != line.get("#lines"):
            raise NotReadableError("lines of it were lost")
        if line.get("sha256") != line.get("#sha256"):
            raise NotReadableError("it was changed after it was written: its SHA-256 differs")
        return True

    def _class(self, name: str, line: Found) -> None:
        state, rows = line.get("state"), line.get("rows")
        if "parser" in line:  # of the shell edition: what a tool printed
            try:
                rows = list(rows_of_text(line))
            except CustomOutputError as error:
                rows = []
                self._unread.setdefault(name, str(error))
            self._texts.add(name)
            self._held += len(rows)
        self._held += sum(len(part) for part in line.values() if isinstance(part, (list, dict)))
        if self._held > _MOST_ROWS:
            raise NotReadableError(f"it holds more than {_MOST_ROWS:,} rows")
        if state == "whole" and isinstance(rows, list):
            self._whole[name] = [*self._whole.get(name, ()), *_maps(rows)]
        elif state == "delta":
            known = self._deltas.get(name, ToldChange("", ""))
            came = [row for part in ("added", "changed", "rows") for row in _maps(line.get(part))]
            self._deltas[name] = ToldChange(
                plain(line.get("base")) or known.base,
                plain(line.get("digest")) or known.digest,
                [*known.rows, *came],
                [*known.removed, *_keys(line.get("removed"))],
            )
        elif state == "same":
            self._same[name] = plain(line.get("digest")) or ""
        else:
            self._unread[name] = (plain(line.get("why")) or "the answer says nothing of it")[:500]

    def pair(self) -> Pair:
        """Return what the answer tells; a class that is empty is told as such."""
        for name in self._unread:  # also where another part of it could be read
            self._whole.pop(name, None)
        for name in self._texts & definitions().keys() & self._whole.keys():
            self._whole[name] = settled([dict(row) for row in self._whole[name]], definitions()[name].key)
        subject, told = pair_of("nse", self._at, self._whole, unread=self._unread)
        if not subject.name and not subject.identities:
            raise NotReadableError("it does not say which computer it is of: `identification` is not in it")
        classes = dict(self._whole)
        return subject, replace(told, classes=classes, deltas=self._deltas, same=self._same, package=self._package)


def _maps(value: Any) -> Rows:
    """Return the rows of a list, or of a map by key."""
    members = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [one for one in members if isinstance(one, dict)]


def _keys(value: Any) -> list[int]:
    members = value if isinstance(value, list) else []
    return [one for one in members if isinstance(one, int) and not isinstance(one, bool) and -(2**63) <= one < 2**63]


_SECTIONS: dict[str, tuple[str, ...]] = {"each class by its name": ("any",)}
_CLASSES_LEFT_OUT = {"classes known by a GUID": "those of the suite are not ours; they are named as not read"}
_ANSWERS_LEFT_OUT = {"classes that are not defined here": "they are named as not read"}

FORMATS = (
    Format("nse", "event as XML", "xml", _knows_xml, _read_xml, _SECTIONS, _CLASSES_LEFT_OUT),
    Format("nse", "answer of the gatherer in a file", "json", _knows_json, _read_json, _SECTIONS, _ANSWERS_LEFT_OUT),
)
