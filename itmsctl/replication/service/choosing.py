"""What goes to a neighbour by a rule, each object with why: nothing is read of what did not change.

A run looks at the database in short views, a page in each, so that nobody waits for it. What others change between two
of them is behind the mark with which the run began: it goes with the next run, whether or not a page has shown it yet.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.nouns import of_kind, table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.replication.service import changed, sent
from itmsctl.replication.service.given_run import GivenRun, Views
from itmsctl.replication.service.object_page import ChosenObject, ObjectPage
from itmsctl.resources.rows import resources
from itmsctl.values.kind import Kind

_PAGE = 200


class Choosing:
    """Walks the objects that a rule gives one neighbour, in the order in which they can be made there."""

    def __init__(self, run: GivenRun, views: Views) -> None:
        self.run, self.views = run, views

    def objects(self) -> Iterator[ChosenObject]:
        """Yield objects that go or are gone, each behind what it names."""
        with self.views() as reader:
            known = self._changed(reader)
        for kind in self.run.rule.kinds:
            with self.views() as reader:
                again = sent.again(reader, self.run.peer.guid, kind.name)
                guids = self._asked(reader, kind, known.get(kind.name), again)
            for part in bulk.chunks(guids, _PAGE):
                with self.views() as reader:
                    page = list(ObjectPage(reader, self.run).of_guids(kind, part, again))
                yield from page

    def _changed(self, reader: Reader) -> dict[str, set[str]]:
        """Return what was changed of the kinds that are not looked at whole."""
        kinds = [kind.name for kind in self.run.rule.kinds if kind.name in self.run.since]
        if not kinds:
            return {}
        return changed.changed_guids(reader, kinds, min(self.run.since[name].through for name in kinds))

    def _asked(self, reader: Reader, kind: Kind, known: set[str] | None, again: dict[str, str]) -> list[str]:
        """Return the GUIDs of what is looked at: of all there is and was, or of what changed (`known`)."""
        if known is not None:
            return sorted(known | again.keys() | self._newcomers(reader, kind))
        own = table_of(kind).c
        there = list(reader.connection.execute(of_kind(kind, sa.select(own.guid).order_by(own.id))).scalars())
        seen = set(there)
        return there + [guid for guid, _ in sent.every_hash(reader, self.run.peer.guid, kind.name) if guid not in seen]

    def _newcomers(self, reader: Reader, kind: Kind) -> set[str]:
        """Return computers that the rule's target holds now and the neighbour does not have."""
        if kind.name != "computer" or self.run.allowed is None:
            return set()
        where = member_of(reader.connection, resources.c.id, sorted(self.run.allowed))
        inside = set(reader.connection.execute(sa.select(resources.c.guid).where(where)).scalars())
        return inside - {guid for guid, _ in sent.every_hash(reader, self.run.peer.guid, kind.name)}
