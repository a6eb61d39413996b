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
_MOST_RULES = 100  # of one neighbour and way, each told by itself
_EVERY_FAULT = 100  # so many times each fault that differs from the one before is told


class LinkWay(NamedTuple):
    """A neighbour (its GUID), whether this server sends to it or takes from it, and the rule."""

    peer: str
    way: str
    rule: str


class TroubleCount(NamedTuple):
    """How often something went wrong on a link since it last went, and whether it is another fault than before."""

    times: int
    is_another: bool

    @property
    def is_worth_a_record(self) -> bool:
        """Return whether the audit tells of it: of each new fault, and of one that repeats each time its count doubles.

        So a neighbour that is refused every minute fills no audit, nor does one that changes what it does wrong.
        """
        return self.times & (self.times - 1) == 0 or (self.is_another and self.times <= _EVERY_FAULT)


def note(store: Store, link: LinkWay, error: ItmsError) -> None:
    """Keep what went wrong; that another process has the link just now is nothing wrong."""
    if not isinstance(error, BusyError):
        store.write(lambda unit: noted(unit, link, error))


def noted(unit: UnitOfWork, link: LinkWay, error: ItmsError) -> TroubleCount:
    """Keep what went wrong in a unit of work; return how often something did since it last went."""
    said = storable(f"{error.message}: {error.why}" if error.why else error.message, _LONGEST)
    values = {"code": error.code, "said": said, "status": error.exit_status, "at": unit.now}
    before = unit.rows(sa.select(link_troubles.c.code, link_troubles.c.times).where(*_of(link)))
    if before:
        count = TroubleCount(before[0].times + 1, before[0].code != error.code)
        unit.connection.execute(sa.update(link_troubles).where(*_of(link)).values(**values, times=count.times))
    elif link.rule and _rules_of(unit, link) >= _MOST_RULES:
        return noted(unit, link._replace(rule=""), error)
    else:
        count = TroubleCount(1, True)
        first = {**values, **link._asdict(), "times": count.times, "since": unit.now}
        unit.connection.execute(sa.insert(link_troubles).values(**first))
    if count.is_worth_a_record:
        unit.note("link", failed=1)
    return count


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


def _rules_of(reader: Reader, link: LinkWay) -> int:
    """Return of how many rules something went wrong with a neighbour: it names those of what it gives itself."""
    this = link_troubles.c.peer == link.peer, link_troubles.c.way == link.way
    return reader.scalar(sa.select(sa.func.count()).select_from(link_troubles).where(*this)) or 0


def _of(link: LinkWay) -> list[sa.ColumnElement[bool]]:
    return [link_troubles.c[name] == value for name, value in link._asdict().items()]
