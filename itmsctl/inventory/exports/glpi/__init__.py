"""A computer as GLPI Agent tells one: the JSON that GLPI's own schema of inventories accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from itmsctl.inventory.exports.glpi import machine, network, parts, programs, storage
from itmsctl.inventory.exports.putting import ClassRowsOf, Row
from itmsctl.values.zones import is_zone, zone

CLASSES = (
    *machine.CLASSES, *network.CLASSES, *programs.CLASSES, *storage.CLASSES, *(one.of for one in parts.SECTIONS),
    *parts.MORE,
)  # fmt: skip
"""The classes of which GLPI has a place for something."""


def glpi_document(
    name: str, created_at: datetime, classes: Mapping[str, Sequence[Row]], at: datetime, version: str
) -> dict[str, Any]:
    """Return what is known of a computer as one inventory of GLPI; `at` is when the newest of it was collected.

    Moments are in the zone of the computer, as agents tell them; of one whose zone is not known, in UTC.
    """
    system = next(iter(classes.get("operating_system", ())), {})
    own = _offset(system.get("time_zone"), at)
    told: ClassRowsOf = {of: [_told(row, own) for row in rows] for of, rows in classes.items()}
    content = {
        **machine.sections(told, at.astimezone(own).strftime("%z")),
        **network.sections(told),
        **programs.sections(told),
        **storage.sections(told),
        **parts.sections(told),
    }
    kept = {section: things for section, things in content.items() if things}
    return {
        "action": "inventory",
        "deviceid": f"{name}-{created_at.astimezone(UTC):%Y-%m-%d-%H-%M-%S}",
        "itemtype": "Computer",
        "content": {
            "versionclient": f"itmsctl_v{version}",
            "accesslog": {"logdate": _moment(at, own)},
            **{section: kept[section] for section in sorted(kept)},
        },
    }


def _offset(name: Any, at: datetime) -> tzinfo:
    """Return how far a zone is from UTC at a moment: a document has one offset for all of its moments."""
    if not isinstance(name, str) or not is_zone(name):
        return UTC
    away = at.astimezone(zone(name)).utcoffset() or timedelta()
    return timezone(timedelta(minutes=away // timedelta(minutes=1)))


def _told(row: Row, own: tzinfo) -> Row:
    return {name: _moment(value, own) if isinstance(value, datetime) else value for name, value in row.items()}


def _moment(value: datetime, own: tzinfo) -> str:
    return value.astimezone(own).strftime("%Y-%m-%d %H:%M:%S")
