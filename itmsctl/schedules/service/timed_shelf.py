"""What the shelves of schedules and windows share: one way to say when, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.fields import empty
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

    def add(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None) -> Outcome:
        """Add an object; an equal one is `unchanged`.

        Raises FieldError where it says no time, or more than one; InputError, NameTakenError.
        """
        if self.find(unit, self.name_of(name)) is not None:
            return super().add(unit, name, fields, guid=guid)
        whole = self.check(unit, name, self._checked({**self.defaults, **fields}))
        return self._remarked(unit, super().add(unit, name, self._begun(unit, whole), guid=guid))

    def set(
        self,
        unit: UnitOfWork,
        name: str,
        changes: Mapping[str, Any],
        *,
        rename: str | None = None,
        revision: int | None = None,
    ) -> Outcome:
        """Change some fields. A new way to say when takes the place of the one before, and of its start.

        Raises as the shelf does, FieldError where it would say no time or more than one.
        """
        before = self.get(unit, name)
        wanted = self.check(unit, before.name, self._checked(changes))
        way = timing.way_of({field: wanted.get(field) for field in self.ways})
        if way is not None:
            others = {field: empty(declared) for field in self.ways if (declared := self.kind.field(field))}
            if not before.fields[way]:
                others["start"] = None
            wanted = others | wanted
        merged = before.fields | wanted
        begun = self._begun(unit, merged)
        wanted |= {field: value for field, value in begun.items() if value != merged.get(field)}
        return self._remarked(unit, super().set(unit, name, wanted, rename=rename, revision=revision))

    def remarks(self, reader: Reader, doc: Doc) -> list[str]:  # noqa: ARG002 - for those that override it
        """Return what a person should hear of an object that was saved. None by default."""
        return []

    def _remarked(self, unit: UnitOfWork, outcome: Outcome) -> Outcome:
        return replace(outcome, remarks=tuple(self.remarks(unit, outcome.doc)))

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
