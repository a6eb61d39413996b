"""Credentials of the vault as what SNMP asks with, and the addresses that each may be shown to."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb.nouns import of_kind
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.discovery.service.probing import SnmpKey
from itmsctl.errors import UsageError
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import addresses, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.security.credential import OpenedCredential, Scope
from itmsctl.security.service import vaults
from itmsctl.security.service.credential_shelf import CREDENTIALS, opened
from itmsctl.security.service.unlocking import Unlocking
from itmsctl.security.snmp_lines import snmp_user
from itmsctl.sites.rows import subnet
from itmsctl.targeting.service import present
from itmsctl.values.untrusted import shell_arg

COMMUNITY, USER = "community", "snmp-v3"


def snmp_keys(store: Store, names: Sequence[str], ways: Unlocking) -> list[SnmpKey]:
    """Return credentials in the clear, those of users first: they show nothing to who only listens.

    Without a name the vault is not opened. Raises UsageError for one that is not of SNMP, and as `take` does.
    """
    if not names:
        return []
    with store.read() as reader:
        for name in names:
            doc = CREDENTIALS.get(reader, name)
            if doc.fields["kind"] not in {COMMUNITY, USER}:
                raise UsageError(
                    f"credential `{doc.name}` is not one of SNMP",
                    why=f"it is a {doc.fields['kind']}",
                    hint=f"itmsctl credential add {shell_arg(doc.name)}-snmp --kind community",
                )
    key = vaults.unlocked(store, ways)
    with store.read() as reader:
        vaults.still(reader, key)
        found = [opened(reader, key, name) for name in dict.fromkeys(names)]
        keys = [_key(reader, one) for one in found]
    return sorted(keys, key=lambda one: isinstance(one.who, bytes))


def _key(reader: Reader, one: OpenedCredential) -> SnmpKey:
    who = one.secret.text.encode() if one.kind == COMMUNITY else snmp_user(one.user or "", one.secret.text)
    return SnmpKey(one.name, who, None if one.scope.is_everything else tuple(_places(reader, one.scope)))


def _places(reader: Reader, scope: Scope) -> list[tuple[int, int]]:
    """Return the spans of addresses that lie in a scope: of its subnets and sites, and of computers of its targets."""
    columns = (subnet.c.start, subnet.c.end)
    inside = sa.or_(subnet.c.id.in_(sorted(scope.subnets)), subnet.c.site_id.in_(sorted(scope.sites)))
    rows = reader.connection.execute(sa.select(*columns).where(inside)).all()
    found = [(int.from_bytes(first, "big"), int.from_bytes(last, "big")) for first, last in rows]
    if scope.targets:
        everybody = (
            reader.connection.execute(scoped(of_kind(COMPUTER, sa.select(resources.c.id)), reader)).scalars().all()
        )
        mine = present.inside(reader, scope.targets, everybody)
        own = sa.select(addresses.c.computer_id, addresses.c.address).where(addresses.c.address.is_not(None))
        spans = (
            int.from_bytes(row.address, "big") for row in reader.connection.execute(own) if row.computer_id in mine
        )
        found += [(one, one) for one in spans]
    return found
