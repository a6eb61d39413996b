"""Whose clock counts: the server's, UTC, a named zone, or that of each computer."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.schedules.kinds import COMPUTER, SERVER, UTC
from itmsctl.sites.rows import computer_site, site
from itmsctl.values.zones import UTC_NAME, is_zone, zone


def zone_of(base: str, server_zone: str, computer_zone: str | None = None) -> ZoneInfo:
    """Return the zone of a time base; a computer's own is the server's where nothing else is known.

    Raises InputError for a zone that this machine does not know (any more).
    """
    if base == COMPUTER:
        return zone(computer_zone or server_zone)
    return zone({SERVER: server_zone, UTC: UTC_NAME}.get(base, base))


def zones_of(reader: Reader, ids: Collection[int]) -> dict[int, str]:
    """Return the time zone of each computer: its own, else its site's, else the server's.

    Of several sites the first by name that has one counts. A site's zone that this machine does not know is as none.
    """
    if not ids:
        return {}
    found = dict.fromkeys(ids, reader.server_zone)
    sited = (
        sa.select(computer_site.c.computer_id, site.c.time_zone)
        .join(site, site.c.id == computer_site.c.site_id)
        .where(member_of(reader.connection, computer_site.c.computer_id, ids), site.c.time_zone.is_not(None))
        .order_by(site.c.name.desc())
    )
    found |= {computer: name for computer, name in reader.connection.execute(sited).all() if is_zone(name)}
    own = sa.select(computers.c.id, computers.c.time_zone).where(
        member_of(reader.connection, computers.c.id, ids), computers.c.time_zone.is_not(None)
    )
    found |= {row[0]: row[1] for row in reader.connection.execute(scoped(own, reader)).all()}
    return found
