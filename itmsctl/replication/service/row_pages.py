"""Rows of data classes that go with computers: of those whose rows the neighbour has not as they are here.

Which these are is seen by the digests that inventory keeps; where they are looked for, by what was stored since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.rows import inventory_computers, inventory_states
from itmsctl.inventory.service.classes import classes_in
from itmsctl.inventory.service.told_rows import ToldRows, told_rows
from itmsctl.replication.records import LARGEST, SentRows, written
from itmsctl.replication.rows import sent_objects
from itmsctl.replication.service import changed, sent
from itmsctl.replication.service.given_run import GivenRun, Views
from itmsctl.replication.service.kept import living_of
from itmsctl.resources.rows import resources
from itmsctl.values.counts import counted

_PAGE = 50  # computers that are looked at in one view,
_ROWS = 10_000  # and rows that are read in it, unless one computer has more
_MOST_ROWS = 100_000  # of a class of a computer: more are too much for a record, whatever they say


class DifferingClass(NamedTuple):
    """A class of a computer that goes, as inventory holds it."""

    computer: int
    class_name: str
    guid: str
    name: str
    collected_at: datetime
    digest: str
    row_count: int


class RowPages:
    """Walks the rows that a rule gives one neighbour, a few computers in each view."""

    def __init__(self, run: GivenRun, views: Views) -> None:
        self.run, self.views = run, views

    def held(self) -> Iterator[DifferingClass]:
        """Yield the classes that go."""
        for ids in self._computers():
            with self.views() as reader:
                found = self._differing(reader, ids)
            yield from found

    def lines(self) -> Iterator[bytes]:
        """Yield the rows that go, as lines of records."""
        for ids in self._computers():
            left: Sequence[int] = ids
            while left:
                with self.views() as reader:
                    found, left = self._fitting(self._differing(reader, left))
                    lines = list(self._written(reader, found))
                yield from lines

    # --- whose --------------------------------------------------------------------------------------------------------

    def _computers(self) -> Iterator[list[int]]:
        if not self.run.rule.classes:
            return
        since = self.run.since_of_rows()
        if since is None:
            yield from self._all_computers()
            return
        with self.views() as reader:
            found = self._changed(reader, since.through)
        yield from bulk.chunks(sorted(found), _PAGE)

    def _all_computers(self) -> Iterator[list[int]]:
        own, last = inventory_computers.c.computer_id, 0
        while True:
            with self.views() as reader:
                page = sa.select(own).where(own > last).order_by(own).limit(_PAGE)
                ids = list(reader.connection.execute(page).scalars())
            if not ids:
                return
            yield ids
            last = ids[-1]

    def _changed(self, reader: Reader, since: int) -> set[int]:
        """Return the computers whose rows may differ from what the neighbour has: it follows all that was stored."""
        peer = self.run.peer.guid
        again = {guid for name in self.run.rule.classes for guid in sent.again(reader, peer, sent.ROWS + name)}
        touched = changed.changed_guids(reader, ["computer"], since)["computer"]
        guids = again | touched | self.run.given.get("computer", set())
        return changed.stored_since(reader, self.run.rule.classes, since) | changed.computers_of(reader, guids)

    # --- which --------------------------------------------------------------------------------------------------------

    def _differing(self, reader: Reader, ids: Collection[int]) -> list[DifferingClass]:
        """Return the classes of some computers that go, in the order of the computers."""
        c, had = inventory_states.c, sent_objects.c
        inside = [id_ for id_ in ids if self.run.allowed is None or id_ in self.run.allowed]
        mine = sa.and_(
            had.peer == self.run.peer.guid, had.kind == sa.literal(sent.ROWS) + c.class_name,
            had.guid == resources.c.guid,
        )  # fmt: skip
        source = inventory_states.join(resources, resources.c.id == c.computer_id).outerjoin(sent_objects, mine)
        where = [
            member_of(reader.connection, c.computer_id, inside),
            c.class_name.in_(self.run.rule.classes),
            c.digest.is_not(None),
            resources.c.kind == "computer",
        ]
        if not self.run.complete:
            where.append(sa.or_(had.hash.is_(None), had.hash != c.digest))
        of = (c.computer_id, c.class_name, resources.c.guid, resources.c.name)
        columns = (*of, c.collected_at, c.digest, c.row_count)
        statement = sa.select(*columns).select_from(source).where(*where).order_by(c.computer_id, c.class_name)
        found = [DifferingClass(*row) for row in reader.connection.execute(statement)]
        there = sent.hashes(reader, self.run.peer.guid, "computer", {one.guid for one in found})
        given = self.run.given.get("computer", set())
        found = [one for one in found if one.guid in given or there.get(one.guid)]  # others it would throw away
        kept = living_of(reader, [("computer", one.guid) for one in found])
        came = {guid: known.origin for (_, guid), known in kept.items()}
        return [one for one in found if self.run.may_go(came.get(one.guid, ""))]

    def _fitting(self, found: Sequence[DifferingClass]) -> tuple[list[DifferingClass], list[int]]:
        """Return the classes of as many computers as one view takes, and the computers that are left."""
        taken: list[DifferingClass] = []
        left: list[int] = []
        rows = 0
        for computer, classes in groupby(found, key=attrgetter("computer")):
            some = list(classes)
            rows += sum(one.row_count for one in some)
            if taken and rows > _ROWS:
                left.append(computer)
            else:
                taken += some
        return taken, left

    # --- as records ---------------------------------------------------------------------------------------------------

    def _written(self, reader: Reader, found: Sequence[DifferingClass]) -> Iterator[bytes]:
        told: dict[tuple[int, str], ToldRows] = {}
        definitions = classes_in(reader)
        by_class: dict[str, list[int]] = {}
        for one in found:
            if one.row_count <= _MOST_ROWS:
                by_class.setdefault(one.class_name, []).append(one.computer)
        for name, ids in by_class.items():
            if name in definitions:
                told |= {(id_, name): rows for id_, rows in told_rows(reader, definitions[name], ids).items()}
        for one in found:
            if one.class_name not in definitions:
                continue
            columns, rows = told.pop((one.computer, one.class_name), ((), []))
            line = written(SentRows(one.class_name, one.guid, one.collected_at, one.digest, columns, rows))
            if len(line) > LARGEST or one.row_count > _MOST_ROWS:
                why = f"{counted(one.row_count, 'row')} are too much for a record"
                self.run.left.append((one.class_name, one.name, why))
            else:
                yield line
