"""How a driver learns, while computers work, that somebody else stopped the run, or computers of it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.tasks.brakes import Brakes
from itmsctl.tasks.rows import members
from itmsctl.tasks.service import switch
from itmsctl.tasks.service.runs import RunRow, stands
from itmsctl.tasks.states import State


@dataclass
class Lookout:
    """Looks at the STOP switch and at the marks of computers, and puts both into the brakes of a drive.

    A run that is not in the database any more, which was restored meanwhile, is stopped as by the switch: what it did
    could not be recorded.
    """

    store: Store
    run: RunRow
    brakes: Brakes

    def look(self) -> None:
        """Read the marks once. A database that is away is left to the next unit of work, which says so."""
        try:
            with self.store.read() as reader:
                self._read(reader)
        except ItmsError:
            return

    def _read(self, reader: Reader) -> None:
        stop = self.brakes.stop
        stop.by_switch = stop.by_switch or switch.is_on(reader) or not stands(reader, self.run)
        marked = sa.select(members.c.computer_id, members.c.stopped).where(
            members.c.run_id == self.run.id,
            members.c.state == str(State.CLAIMED),
            members.c.stopped.is_not(None),
        )
        self.brakes.named = {row.computer_id: row.stopped for row in reader.connection.execute(marked)}
