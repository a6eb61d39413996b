"""What `list` and `show` say of sites, subnets and site servers beyond their fields: who is where, and how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.references import reference_id
from itmsctl.cmdb.several import only_named
from itmsctl.cmdb.work import Reader
from itmsctl.errors import NotFoundError
from itmsctl.sites.estate import Estate, EstateServer
from itmsctl.sites.rows import computer_site, site
from itmsctl.sites.rows import subnet as subnets
from itmsctl.sites.service.estate import estate_of
from itmsctl.sites.service.server import SERVERS
from itmsctl.sites.service.subnet import SUBNETS
from itmsctl.sites.subnets import SubnetIndex, SubnetRange
from itmsctl.values.addresses import address_text, prefix, to_bytes
from itmsctl.values.names import name_key

BY_ADDRESS = "address"


# --- subnets ----------------------------------------------------------------------------------------------------------


def subnet_rows(
    reader: Reader,
    *,
    past: Any = None,
    names: Sequence[str] = (),
    in_site: str | None = None,
    sort: str = BY_ADDRESS,
    descending: bool = False,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield subnets with the subnet around each, how deep it nests, and how many computers are in it.

    By address IPv4 comes before IPv6, and each subnet before those in it. Those of `past`, where it is given, without
    their computers. Raises NotFoundError for a site or a name that is not there, FieldError for a field that cannot be
    sorted by.
    """
    order_by = "name" if sort == BY_ADDRESS else sort
    # Read whole: an order by address is known only then, and a cursor that is left half read costs a warning.
    docs = list((past or SUBNETS).list(reader, sort=order_by, descending=descending, limit=None))
    index = SubnetIndex(SubnetRange(prefix(doc.name)) for doc in docs)
    docs = only_named(reader, past or SUBNETS, docs, names)
    if in_site is not None:
        key = name_key(in_site if past else _site_name(reader, in_site))
        docs = [doc for doc in docs if name_key(doc.fields["site"] or "") == key]
    places = {subnet.name: (depth, subnet) for depth, subnet in index.tree()}
    if sort == BY_ADDRESS:
        order = {name: position for position, name in enumerate(places)}
        docs.sort(key=lambda doc: order[doc.name], reverse=descending)
    counts = {} if past else _counts(reader, computer_site.c.subnet_id)
    for doc in islice(docs, limit):
        depth, subnet = places[doc.name]
        parent = index.parent_of(subnet)
        inside = None if past else counts.get(doc.id, 0)
        more = {"parent": parent.name if parent else None, "depth": depth, "computers": inside}
        yield doc.as_dict() | more


def subnet_sections(reader: Reader, doc: Doc) -> dict[str, Any]:
    """Return the subnets around a subnet, those directly in it, and how many computers are in it."""
    index = estate_of(reader).index
    own = SubnetRange(prefix(doc.name), doc.fields["site"] or "")
    return {
        "around": [_named(subnet) for subnet in index.parents_of(own)],
        "inside": [_named(subnet) for subnet in index.children_of(own)],
        "computers": _count(reader, computer_site.c.subnet_id == doc.id),
    }


def lookup(reader: Reader, text: str) -> dict[str, Any]:
    """Return the subnet and site of an address, and why.

    Raises InputError for what is not an address, NotFoundError where no subnet holds it.
    """
    data = to_bytes(text)
    name = address_text(data)
    around = estate_of(reader).index.around(data)
    if not around:
        raise NotFoundError(f"no subnet holds `{name}`", hint="itmsctl subnet add CIDR --site SITE")
    first, *others = around
    why = (
        f"`{first.name}` is the narrowest of {len(around)} subnets around it" if others else "the only subnet around it"
    )
    why += "" if first.site else "; it has no site"
    return {
        "name": name,
        "subnet": first.name,
        "site": first.site or None,
        "why": why,
        "around": [_named(subnet) for subnet in others],
    }


# --- sites ------------------------------------------------------------------------------------------------------------


def site_sections(reader: Reader, doc: Doc) -> dict[str, Any]:
    """Return the subnets of a site, the servers in it and how each is, and how many computers are in it."""
    estate = estate_of(reader)
    counts = _counts(reader, computer_site.c.subnet_id)
    ids = dict(reader.connection.execute(sa.select(subnets.c.name, subnets.c.id)).all())
    own = [subnet for _, subnet in estate.index.tree() if subnet.site == doc.name]
    return {
        "subnets": [{"name": one.name, "computers": counts.get(ids[one.name], 0)} for one in own],
        "servers": [
            {
                "name": one.name,
                "services": sorted(one.services),
                "constrained": one.constrained,
                "why": estate.server_places[one.guid].sites[doc.name],
            }
            for one in estate.servers
            if doc.name in estate.server_places[one.guid].sites
        ],
        "computers": _count(reader, computer_site.c.site_id == doc.id),
    }


# --- servers ----------------------------------------------------------------------------------------------------------


def server_rows(
    reader: Reader,
    *,
    names: Sequence[str] = (),
    service: str | None = None,
    in_site: str | None = None,
    sort: str = "name",
    descending: bool = False,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield site servers with the sites that each serves, by hand and by the subnets of its addresses (SITE-11).

    Raises NotFoundError for a site or a name that is not there, FieldError for a field that cannot be sorted by.
    """
    wanted = None if in_site is None else _site_name(reader, in_site)
    estate = estate_of(reader)
    known = {one.guid: one for one in estate.servers}
    picked = [
        doc.as_dict() | _serves(estate, known[doc.guid])
        for doc in only_named(reader, SERVERS, SERVERS.list(reader, sort=sort, descending=descending), names)
        if service is None or service in doc.fields["services"]
    ]
    yield from islice((row for row in picked if wanted is None or wanted in row["serves"]), limit)


def server_sections(reader: Reader, doc: Doc) -> dict[str, Any]:
    """Return the sites that a server serves, the subnets of its addresses, and how it comes to each site."""
    estate = estate_of(reader)
    (one,) = (server for server in estate.servers if server.guid == doc.guid)
    reasons = [{"site": name, "why": why} for name, why in sorted(estate.server_places[doc.guid].sites.items())]
    return {**_serves(estate, one), "reasons": reasons}


def _serves(estate: Estate, one: EstateServer) -> dict[str, Any]:
    place = estate.server_places[one.guid]
    return {"serves": sorted(place.sites), "subnets": [subnet.name for subnet in place.subnets]}


# --- inside -----------------------------------------------------------------------------------------------------------


def _named(subnet: SubnetRange) -> dict[str, Any]:
    return {"name": subnet.name, "site": subnet.site or None}


def _counts(reader: Reader, column: sa.ColumnElement[Any]) -> dict[int, int]:
    statement = sa.select(column, sa.func.count(sa.distinct(computer_site.c.computer_id))).group_by(column)
    return {key: count for key, count in reader.connection.execute(statement) if key is not None}


def _count(reader: Reader, where: sa.ColumnElement[bool]) -> int:
    statement = sa.select(sa.func.count(sa.distinct(computer_site.c.computer_id))).where(where)
    return int(reader.connection.execute(statement).scalar_one())


def _site_id(reader: Reader, name: str) -> int:
    return reference_id(reader, "site", name)


def _site_name(reader: Reader, name: str) -> str:
    found: str = reader.connection.execute(
        sa.select(site.c.name).where(site.c.id == _site_id(reader, name))
    ).scalar_one()
    return found
