"""What the use cases of this room work with, and a look at a database that makes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.engine import Connection

from itmsctl.cmdb import faults, schema
from itmsctl.cmdb.audit import has_hash
from itmsctl.cmdb.engine import Place, open_engine, place_of
from itmsctl.cmdb.files import check_file
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.seen import Mark, Marks, Seen
from itmsctl.cmdb.store import Actor, Store
from itmsctl.values.times import Clock


@dataclass(frozen=True)
class Desk:
    """What the use cases of this room work with: where the database is, where files go, who acts and when."""

    database: str
    data_folder: Path
    state_folder: Path
    clock: Clock
    actor: Actor

    @property
    def place(self) -> Place:
        """Answer the place of the database."""
        return place_of(self.database)

    @property
    def backups(self) -> Path:
        """Answer where backups go unless told otherwise."""
        return self.data_folder / "backups"

    @property
    def seen(self) -> Seen:
        """Answer what was last seen of databases."""
        return Seen(self.state_folder)

    def opened(self, place: Place) -> Store:
        """Open a place as a store, whatever was seen of it before."""
        return open_store(place, clock=self.clock, actor=self.actor, state_folder=self.state_folder, adopt=True)


def peek(place: Place) -> schema.Facts:
    """Answer what a database says of itself, and make nothing. Raises StorageError and its kin."""
    if place.path is not None:
        if not place.path.exists():
            return schema.Facts(None)
        check_file(place.path)
    engine = open_engine(place, purpose="status")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            return schema.read_facts(connection)
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()


def refuse_older(marks: Marks, facts: schema.Facts, connection: Connection, place: Place) -> None:
    """Refuse a database that stands behind what was seen of it; `marks` were read before `facts`.

    Raises DatabaseOlderThanSeenError.
    """
    mark = Mark(int(facts.meta["epoch"]), facts.seq, facts.hash)
    marks.check(facts.meta["server_guid"], mark, partial(has_hash, connection), str(place))
