"""Who leaves a site by a change of subnets, said to whoever makes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.sites.rows import computer_site, server, site

NAMED = 5


@contextmanager
def telling(unit: UnitOfWork, computers: Sequence[int]) -> Iterator[None]:
    """Say who of these computers is in a site before and no longer after, and which of them are site servers."""
    before = _sites(unit, computers)
    yield
    after = _sites(unit, computers)
    lost: dict[str, list[int]] = defaultdict(list)
    for computer, names in before.items():
        for name in names - after.get(computer, set()):
            lost[name].append(computer)
    for name, gone in sorted(lost.items()):
        who = "1 computer leaves" if len(gone) == 1 else f"{len(gone)} computers leave"
        unit.tell(f"{who} site `{name}`{_servers(unit, gone)}")


def _sites(reader: Reader, computers: Sequence[int]) -> dict[int, set[str]]:
    joined = computer_site.join(site, site.c.id == computer_site.c.site_id)
    statement = sa.select(computer_site.c.computer_id, site.c.name).select_from(joined)
    statement = statement.where(member_of(reader.connection, computer_site.c.computer_id, computers))
    found: dict[int, set[str]] = defaultdict(set)
    for computer, name in reader.connection.execute(statement).all():
        found[computer].add(name)
    return found


def _servers(reader: Reader, computers: Sequence[int]) -> str:
    statement = sa.select(server.c.name).where(member_of(reader.connection, server.c.computer_id, computers))
    names = list(reader.connection.execute(statement.order_by(server.c.name).limit(NAMED + 1)).scalars())
    if not names:
        return ""
    more = ", ..." if len(names) > NAMED else ""
    return f"; site servers among them: {', '.join(f'`{name}`' for name in names[:NAMED])}{more}"
