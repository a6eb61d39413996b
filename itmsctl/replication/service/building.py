"""Records of what goes: objects, rows of data classes, members of targets, what is gone, and what is verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.definition import DataClass
from itmsctl.replication.records import LARGEST, canonical, digest_of_written, part_digest, part_of
from itmsctl.replication.rule import part_due
from itmsctl.replication.service import sent
from itmsctl.replication.service.choosing import Choosing, ChosenObject, ChosenRows, fields_of
from itmsctl.values.counts import counted

Line = dict[str, Any]
_ROOM = 4096  # what a record of rows says beside them


@dataclass
class Building:
    """Makes the records of one run, in the order in which they go; memory does not grow with what is given."""

    choosing: Choosing
    runs: int  # how often the rule has given this neighbour something before
    part: tuple[int, int] | None = field(init=False)
    hashes: dict[str, dict[str, str]] = field(default_factory=dict)  # of what goes now and is verified, by kind

    def __post_init__(self) -> None:
        self.part = part_due(self.runs, self.choosing.rule.verify_pct)

    @property
    def reader(self) -> Reader:
        """Return the view of the database that is given away."""
        return self.choosing.reader

    def records(self) -> Iterator[Line]:
        """Yield them, read once."""
        for chosen in self.choosing.objects():
            yield self.object_of(chosen)
            if chosen.kind.name == "target" and chosen.doc is not None:
                yield self._members(chosen)
        for rows in self.choosing.rows():
            yield from self._rows(rows)
        if self.choosing.complete:
            yield from self._complete()
        if self.part is not None:
            yield from self._checks(*self.part)

    def object_of(self, chosen: ChosenObject) -> Line:
        """Return the record of an object that goes, or is gone."""
        if chosen.doc is None:
            self._verified(chosen.kind.name, chosen.guid, "")
            return {
                "op": "gone", "kind": chosen.kind.name, "guid": chosen.guid, "name": chosen.name,
                "at": self.reader.now, "purge": self.choosing.rule.purge,
            }  # fmt: skip
        self._verified(chosen.kind.name, chosen.guid, chosen.hash)
        return {
            "op": "put", "kind": chosen.kind.name, "guid": chosen.guid, "name": chosen.name, "hash": chosen.hash,
            "owner": chosen.owner, "changed": chosen.changed, "fields": fields_of(chosen.kind, chosen.doc),
            "refs": chosen.refs, "editable": sorted(chosen.editable),
        }  # fmt: skip

    def _members(self, chosen: ChosenObject) -> Line:
        """Return all computers of a target as they are now (REPL-22)."""
        import sqlalchemy as sa

        from itmsctl.cmdb.sets import member_of
        from itmsctl.resources.rows import resources
        from itmsctl.targeting import selector
        from itmsctl.targeting.service import picking

        ids = picking.resolve(self.reader, selector.quoted(chosen.name, "target"))
        where = member_of(self.reader.connection, resources.c.id, sorted(ids))
        guids = self.reader.connection.execute(sa.select(resources.c.guid).where(where)).scalars()
        return {"op": "members", "guid": chosen.guid, "computers": sorted(guids)}

    # --- rows ----------------------------------------------------------------------------------

    def _rows(self, chosen: ChosenRows) -> Iterator[Line]:
        from itmsctl.inventory.service.current_rows import SINCE, current_rows

        one = self._classes.get(chosen.class_name)
        if one is None:
            return
        held: dict[int, list[Mapping[str, Any]]] = {id_: [] for id_, _, _, _ in chosen.computers}
        for id_, row in current_rows(self.reader, one, list(held)):
            held[id_].append({name: value for name, value in row.items() if value is not None and name != SINCE})
        for id_, guid, name, at in chosen.computers:
            rows = held.pop(id_)
            lines = list(map(canonical, rows))
            if sum(map(len, lines)) + len(lines) > LARGEST - _ROOM:
                self.choosing.left.append((one.name, name, f"{counted(len(rows), 'row')} are too much for a record"))
                continue
            yield {
                "op": "rows", "class": one.name, "guid": guid, "collected_at": at, "digest": digest_of_written(lines),
                "rows": rows,
            }  # fmt: skip

    @cached_property
    def _classes(self) -> dict[str, DataClass]:
        from itmsctl.inventory.service.classes import classes_in

        return classes_in(self.reader)

    # --- what the neighbour is to have ------------------------------------------------------------------------------

    def _verified(self, kind: str, guid: str, digest: str) -> None:
        if self.part is not None and part_of(guid, self.part[1]) == self.part[0]:
            self.hashes.setdefault(kind, {})[guid] = digest

    def _complete(self) -> Iterator[Line]:
        """Yield all that the neighbour is to have of each kind: what it has beyond that from here is gone."""
        for kind in self.choosing.rule.kinds:
            yield {"op": "complete", "kind": kind.name, "guids": sorted(self.choosing.given.get(kind.name, ()))}

    def _checks(self, part: int, parts: int) -> Iterator[Line]:
        """Yield what one part of the objects of each kind comes to; each run takes the next part (REPL-13)."""
        for kind in self.choosing.rule.kinds:
            there = {
                guid: digest
                for guid, digest in sent.every_hash(self.reader, self.choosing.peer.guid, kind.name)
                if digest is not None and part_of(guid, parts) == part
            }
            there |= self.hashes.get(kind.name, {})
            there = {guid: digest for guid, digest in there.items() if digest}
            yield {
                "op": "check", "kind": kind.name, "part": [part, parts], "digest": part_digest(there),
                "count": len(there),
            }  # fmt: skip
