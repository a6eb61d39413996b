"""What was named as the area of a discovery: subnets by prefix, subnets of sites, hosts by address or name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from itmsctl.cmdb.references import reference_id
from itmsctl.cmdb.work import Reader
from itmsctl.discovery.area import Area, area_of, check_size, is_address
from itmsctl.errors import BlockoutError, NotFoundError
from itmsctl.resources.rows import addresses
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.scope import scoped
from itmsctl.sites.rows import subnet
from itmsctl.transports.neighbourhood import addresses_of
from itmsctl.values.addresses import from_bytes
from itmsctl.values.kind import house
from itmsctl.values.untrusted import shell_arg


@dataclass(frozen=True)
class Named:
    """What was typed of where to look."""

    subnets: Sequence[str] = ()
    sites: Sequence[str] = ()
    hosts: Sequence[str] = ()
    without: Sequence[str] = ()


def named_area(reader: Reader, named: Named) -> Area:
    """Return the area that was named. Raises InputError, NotFoundError."""
    found = list(named.subnets)
    for site in named.sites:
        of_site = sa.select(subnet.c.name).where(subnet.c.site_id == reference_id(reader, "site", site))
        mine = list(reader.connection.execute(of_site).scalars())
        if not mine:
            raise NotFoundError(
                f"the site `{site}` has no subnet", hint=f"itmsctl subnet add 10.1.0.0/24 --site {shell_arg(site)}"
            )
        found += mine
    for host in named.hosts:
        found += _addresses(reader, host)
    return area_of(found, [one for text in named.without for one in _without(reader, text)])


def free_area(reader: Reader, named: Named, most: int | None) -> tuple[Area, dict[str, str]]:
    """Return what was named, without computers that nobody may contact now; and those, each with why.

    Raises InputError, NotFoundError, UnconfirmedError for more than `most` addresses, BlockoutError where none is left.
    """
    area = named_area(reader, named)
    check_size(area, most)
    held = forbidden(reader, area)
    if not held:
        return area, held
    left = named_area(reader, replace(named, without=[*named.without, *held]))
    if not left.count:
        raise BlockoutError("nobody is left to look at", why="a blockout forbids all contact")
    return left, held


def forbidden(reader: Reader, area: Area) -> dict[str, str]:
    """Return the addresses of an area whose computers nobody may contact now, such as in a blockout, and why."""
    own = sa.select(addresses.c.computer_id, addresses.c.address).where(addresses.c.address.is_not(None))
    here: dict[int, list[str]] = {}
    for row in reader.connection.execute(scoped(own, reader)):
        address = from_bytes(row.address)
        if address in area:
            here.setdefault(row.computer_id, []).append(str(address))
    why = {id_: text for call in house().calls("contact_forbidden") for id_, text in call(reader, list(here)).items()}
    return {address: why[id_] for id_, places in here.items() if id_ in why for address in places}


def _without(reader: Reader, text: str) -> list[str]:
    return [text] if "/" in text or is_address(text) else _addresses(reader, text)


def _addresses(reader: Reader, host: str) -> list[str]:
    """Return the addresses of a host: itself, those of a computer that is known by that name, else what DNS says."""
    if is_address(host):
        return [host]
    computer = COMPUTERS.find(reader, host)
    if computer is not None:
        known = [text for text in computer.fields["address"] if is_address(text)]
        if known:
            return known
    found = addresses_of(host)
    if not found:
        raise NotFoundError(
            f"`{host}` has no address", why="neither the CMDB nor DNS knows one", hint="name its address"
        )
    return found
