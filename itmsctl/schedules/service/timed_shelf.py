"""What the shelves of schedules and windows share: one way to say when, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.fields import empty
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.schedules import timing
from itmsctl.schedules.kinds import BASES, COMPUTER, SERVER
from itmsctl.schedules.remarks import LAST_CLOCK
from itmsctl.schedules.service.zones import zone_of
from itmsctl.schedules.timing import WAYS
from itmsctl.schedules.walltime import wall_of, write_time
from itmsctl.values.naming import naming


class TimedShelf(Shelf):
    """A kind whose objects say when."""

    defaults: Mapping[str, Any] = {}  # of fields that are never empty

    @property
    def ways(self) -> tuple[str, ...]:
        """Return the fields of this kind that say when."""
        return tuple(field.name for field in self.kind.fields if field.name in WAYS)

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:
        """Return the fields with their defaults, and a start where they need one and say none.

        Raises FieldError where they say no time, or more than one; InputError.
        """
        if existing is not None:
            return fields
        return self._begun(unit, self.check(unit, name, self._checked({**self.defaults, **fields})))

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes. A new way to say when takes the place of the one before, and of its start.

        Raises FieldError where it would say no time or more than one.
        """
        wanted = self.check(unit, before.name, self._checked(asked.changes))
        way = timing.way_of({field: wanted.get(field) for field in self.ways})
        if way is not None:
            others = {field: empty(declared) for field in self.ways if (declared := self.kind.field(field))}
            if not before.fields[way]:
                others["start"] = None
            wanted = others | wanted
        merged = before.fields | wanted
        begun = self._begun(unit, merged)
        return wanted | {field: value for field, value in begun.items() if value != merged.get(field)}

    def zone(self, reader: Reader, doc: Doc) -> ZoneInfo:
        """Return the zone by which it is past: the last one on earth where each computer's own clock counts."""
        base = doc.fields["time_zone"]
        return LAST_CLOCK if base == COMPUTER else zone_of(base, reader.server_zone)

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields in the one text of each; where one that is never empty is emptied, its default."""
        from itmsctl.values.zones import zone

        checked = {
            field: self.defaults.get(field, value) if value in (None, "") else value for field, value in fields.items()
        }
        checked |= timing.canonical(checked)
        if "time_zone" in checked:
            text = str(checked["time_zone"]).strip()
            with naming("time_zone"):
                checked["time_zone"] = text.casefold() if text.casefold() in BASES else zone(text).key
        return checked

    def _begun(self, unit: UnitOfWork, whole: Mapping[str, Any]) -> dict[str, Any]:
        """Return whole fields with a start where they need one and say none; raise where they do not fit together."""
        timing.timing_of({field: whole.get(field) for field in (*self.ways, "start", *timing.BOUNDS)})
        if whole.get("start"):
            return dict(whole)
        if whole.get("every_s"):
            return {**whole, "start": write_time(unit.now.replace(second=0, microsecond=0))}
        if whole.get("rrule") and not timing.says_start(whole["rrule"]):
            here = wall_of(unit.now, zone_of(whole.get("time_zone") or SERVER, unit.server_zone))
            return {**whole, "start": write_time(here.replace(hour=0, minute=0, second=0, microsecond=0))}
        return dict(whole)
