"""What the use cases of this room work with, and a look at a database that makes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from itmsctl.cmdb import faults
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import DatabasePlace, open_engine, place_of
from itmsctl.cmdb.files import check_file
from itmsctl.cmdb.found import Facts, read_facts
from itmsctl.cmdb.home import of_file
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.seen import Marks, SeenPlaces
from itmsctl.cmdb.store import Store
from itmsctl.values.times import Clock
from itmsctl.values.untrusted import Masked


@dataclass(frozen=True)
class Desk:
    """What the use cases of this room work with: where the database is, where files go, who acts and when."""

    database: str | Masked
    data_folder: Path
    state_folder: Path
    clock: Clock
    actor: Actor

    @property
    def place(self) -> DatabasePlace:
        """Return the place of the database."""
        return place_of(self.database)

    @property
    def backups(self) -> Path:
        """Return where backups go unless told otherwise."""
        return self.data_folder / "backups"

    @property
    def seen(self) -> SeenPlaces:
        """Return what was last seen of databases."""
        return SeenPlaces(self.state_folder)

    def opened(self, place: DatabasePlace) -> Store:
        """Open a place as a store, also where it is older than what was seen."""
        return open_store(place, clock=self.clock, actor=self.actor, state_folder=self.state_folder, adopt=True)


def peek(place: DatabasePlace, marks: Marks | None = None) -> Facts:
    """Return what a database says of itself, and make nothing. Raises StorageError and its kin.

    With `marks` also DatabaseGoneError where nothing stands and something was seen.
    """
    marks = marks or Marks()
    if place.path is not None:
        if not place.path.exists():
            marks.refuse_gone(of_file(place.path), str(place))
            return Facts(None)
        check_file(place.path)
    engine = open_engine(place, purpose="status")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            facts = read_facts(connection)
            if facts.revision is None:
                marks.refuse_gone(facts.here(place), str(place), "is empty")
            return facts
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()
