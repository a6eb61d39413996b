"""What last went wrong on a link, and how often: told by `hierarchy status` until it goes again."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import BusyError, ItmsError
from itmsctl.replication.rows import link_troubles
from itmsctl.replication.standing import TroubleSaid
from itmsctl.values.untrusted import storable

_LONGEST = 500


class LinkWay(NamedTuple):
    """A neighbour (its GUID), whether this server sends to it or takes from it, and the rule."""

    peer: str
    way: str
    rule: str


def note(store: Store, link: LinkWay, error: ItmsError) -> None:
    """Keep what went wrong; that another process has the link just now is nothing wrong."""
    if not isinstance(error, BusyError):
        store.write(lambda unit: _note(unit, link, error))


def over(store: Store, link: LinkWay) -> None:
    """Forget what went wrong: it went. Nothing is written where nothing was wrong."""
    with store.read() as reader:
        if reader.scalar(sa.select(link_troubles.c.at).where(*_of(link))) is None:
            return
    store.write(lambda unit: forget(unit, link))


def forget(unit: UnitOfWork, link: LinkWay) -> None:
    """Forget what went wrong in a unit of work."""
    unit.connection.execute(sa.delete(link_troubles).where(*_of(link)))


def forget_all(unit: UnitOfWork, peer: str) -> None:
    """Forget what went wrong with a neighbour that is linked no longer."""
    unit.connection.execute(sa.delete(link_troubles).where(link_troubles.c.peer == peer))


def all_of(reader: Reader) -> dict[LinkWay, TroubleSaid]:
    """Return what went wrong and did not go again since."""
    return {
        LinkWay(row.peer, row.way, row.rule): TroubleSaid(
            f"{row.said} [{row.code}]", row.status, row.times, row.since, row.at
        )
        for row in reader.rows(sa.select(link_troubles))
    }


def _note(unit: UnitOfWork, link: LinkWay, error: ItmsError) -> None:
    said = storable(f"{error.message}: {error.why}" if error.why else error.message, _LONGEST)
    values = {"code": error.code, "said": said, "status": error.exit_status, "at": unit.now}
    more = {**values, "times": link_troubles.c.times + 1}
    done = unit.connection.execute(sa.update(link_troubles).where(*_of(link)).values(**more))
    if not done.rowcount:
        first = {**values, **link._asdict(), "times": 1, "since": unit.now}
        unit.connection.execute(sa.insert(link_troubles).values(**first))
    unit.note("link", failed=1)


def _of(link: LinkWay) -> list[sa.ColumnElement[bool]]:
    return [link_troubles.c[name] == value for name, value in link._asdict().items()]
