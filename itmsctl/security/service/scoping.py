"""Which computers lie inside the scope of a credential (OP2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import addresses as address
from itmsctl.security.credential import Scope
from itmsctl.security.rows import credentials, scopes
from itmsctl.sites.rows import address_in_subnet, computer_site, subnet
from itmsctl.targeting.service import present


def inside(reader: Reader, scope: Scope, ids: Sequence[int]) -> set[int]:
    """Return which of these computers a credential of this scope may go to.

    In a site or subnet are those with an address in it; in a target those that its definition holds now, whatever is
    stored.
    """
    if scope.is_everything:
        return set(ids)
    found: set[int] = set()
    for column, statement in _ways(scope):
        found.update(reader.connection.execute(statement.where(member_of(reader.connection, column, ids))).scalars())
    return found | present.inside(reader, scope.targets, ids)


def users_of(reader: Reader, kind: str, id_: int) -> list[str]:
    """Return the credentials whose scope names this site, subnet or target, in words; six at most."""
    if kind not in {"site", "subnet", "target"}:
        return []
    joined = scopes.join(credentials, credentials.c.id == scopes.c.credential_id)
    statement = sa.select(credentials.c.name).select_from(joined).where(scopes.c[f"{kind}_id"] == id_)
    names = reader.connection.execute(statement.distinct().order_by(credentials.c.name).limit(6)).scalars()
    return [f"credential `{name}`" for name in names]


def _ways(scope: Scope) -> list[tuple[sa.ColumnElement[Any], sa.Select[Any]]]:
    ways: list[tuple[sa.ColumnElement[Any], sa.Select[Any]]] = []
    if scope.sites:
        column = computer_site.c.computer_id
        ways.append((column, sa.select(column).where(computer_site.c.site_id.in_(sorted(scope.sites)))))
    if scope.subnets:  # by range: a computer lies in a subnet too where a narrower one holds its address
        column = address.c.computer_id
        joined = sa.select(column).select_from(address.join(subnet, address_in_subnet()))
        ways.append((column, joined.where(subnet.c.id.in_(sorted(scope.subnets)))))
    return ways
