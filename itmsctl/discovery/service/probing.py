"""One address looked at: pinged, its ports tried, its agent asked who it is and what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from itmsctl.discovery import objects, way
from itmsctl.discovery.found import FoundAddress
from itmsctl.discovery.objects import Oid
from itmsctl.discovery.telling import READINGS
from itmsctl.discovery.way import Way
from itmsctl.transports.datagrams import Datagrams, datagrams
from itmsctl.transports.neighbourhood import ReverseNames, port_state
from itmsctl.transports.pinging import Pinger
from itmsctl.transports.snmp_agent import (
    Bounds,
    Patience,
    SnmpAgent,
    SnmpBrokenError,
    SnmpCredentialError,
    SnmpRefusedError,
    SnmpSilentError,
    discover,
)
from itmsctl.transports.snmp_users import SnmpUser

READING_S = 120.0
"""How long one device is read at most."""
_MOST_SOCKETS = 256


@dataclass(frozen=True)
class SnmpKey:
    """A credential by name: a community or a user, and where it may go; everywhere where nothing is said."""

    name: str
    who: bytes | SnmpUser = field(repr=False)
    places: tuple[tuple[int, int], ...] | None = None  # spans of addresses, as numbers of 128 bits

    def may_go(self, address: IPv4Address | IPv6Address) -> bool:
        """Return whether it may be shown to an address."""
        if self.places is None:
            return True
        value = int(address) if address.version == 6 else int(address) | 0xFFFF << 32
        return any(first <= value <= last for first, last in self.places)


class Prober:
    """Looks at addresses, each by the same way and with the same credentials."""

    def __init__(self, asked: Way, keys: Sequence[SnmpKey], pingers: Mapping[int, Pinger]) -> None:
        self.way, self.keys, self.pingers = asked, keys, pingers
        self.patience = Patience(asked.timeout_s, asked.retries)
        self._names = ReverseNames()
        self._sockets = asyncio.Semaphore(_MOST_SOCKETS)

    async def probe(self, address: IPv4Address | IPv6Address) -> FoundAddress:
        """Return what is found out about an address."""
        found = FoundAddress(address)
        looks: list[Awaitable[None]] = []
        if way.PING in self.way.methods and address.version in self.pingers:
            looks.append(self._ping(found))
        if way.TCP in self.way.methods:
            looks += [self._port(found, port) for port in self.way.ports]
        if way.SNMP in self.way.methods:
            looks.append(self._agent(found))
        await asyncio.gather(*looks)
        if way.SNMP in self.way.methods and self._is_worth_asking(found):
            await self._ask(found)
        if way.DNS in self.way.methods and (found.seen or found.denied or found.values):
            found.dns_name = await self._names.of(str(address), self.way.timeout_s)
        return found

    async def _ping(self, found: FoundAddress) -> None:
        reply = await self.pingers[found.address.version].ping(found.address, self.way.timeout_s, self.way.retries + 1)
        if reply is not None:
            found.reply_s = reply
            found.seen.append(way.PING)

    async def _port(self, found: FoundAddress, port: int) -> None:
        async with self._sockets:
            state = await port_state(str(found.address), port, self.way.timeout_s)
        if state == "open":
            found.seen.append(f"tcp:{port}")
        elif state == "closed":
            found.denied = sorted({*found.denied, "tcp closed"})

    async def _agent(self, found: FoundAddress) -> None:
        """Ask who listens, without any credential: most agents answer that, also those that then refuse all."""
        try:
            async with datagrams(str(found.address), self.way.snmp_port) as link:
                found.agent_is_there = await discover(link, self.patience) is not None
                if found.agent_is_there:
                    found.seen.append(way.SNMP)
        except SnmpRefusedError as error:
            found.denied.append("snmp closed")
            found.why = f"SNMP: {error}" if self.keys else ""
        except OSError as error:
            found.why = f"SNMP: {error.strerror or error}"

    def _is_worth_asking(self, found: FoundAddress) -> bool:
        """Return whether credentials are shown: never where nobody listens, and to a silent one only by this method."""
        if "snmp closed" in found.denied:
            return False
        others = {way.PING, way.TCP} & set(self.way.methods)
        return found.agent_is_there or bool(found.seen or found.denied) or not others

    async def _ask(self, found: FoundAddress) -> None:
        reasons = []
        for key in self.keys:
            if isinstance(key.who, SnmpUser) and not found.agent_is_there:
                continue
            if not key.may_go(found.address):
                reasons.append(f"credential `{key.name}` may not go there")
                continue
            found.asked.append(key.name)
            try:
                async with datagrams(str(found.address), self.way.snmp_port) as link:
                    await self._read(found, key, link)
                return
            except SnmpCredentialError as error:
                found.agent_is_there = True
                reasons.append(f"{key.name}: {error}")
            except (SnmpSilentError, SnmpRefusedError, SnmpBrokenError, OSError) as error:
                reasons.append(f"{key.name}: {error}")
        if found.agent_is_there and not self.keys:
            reasons.append("an SNMP agent answers, and no credential was named")
        if reasons:
            found.why = "SNMP: " + "; ".join(reasons)

    async def _read(self, found: FoundAddress, key: SnmpKey, link: Datagrams) -> None:
        bounds = Bounds(until=asyncio.get_running_loop().time() + READING_S)
        agent = SnmpAgent(link, key.who, self.patience, bounds)
        values: dict[Oid, Any] = await agent.get(objects.SINGLE[:7])
        if not values:
            values = await agent.get(objects.SINGLE[:1])
        # Whoever answers this takes the credential, even where it has nothing to say.
        found.agent_is_there, found.credential = True, key.name
        version = "v3" if isinstance(key.who, SnmpUser) else "v2c"
        found.seen = [*(one for one in found.seen if one != way.SNMP), f"{way.SNMP} {version}"]
        found.why = ""
        try:
            values |= await agent.get(objects.SINGLE[7:])
            if self.way.reads:
                await self._walk(agent, values, found)
        except (SnmpSilentError, SnmpRefusedError, SnmpCredentialError, SnmpBrokenError) as error:
            found.cut.append(f"not all was read: {error}")
        found.values = values
        if not values:
            found.why = "it tells nothing of itself"

    async def _walk(self, agent: SnmpAgent, values: dict[Oid, Any], found: FoundAddress) -> None:
        done: set[Oid] = set()
        for reading in READINGS:
            for root in reading.roots:
                if root in done or (root == objects.BRIDGE_TABLE and _has_below(values, objects.VLAN_TABLE)):
                    continue
                done.add(root)
                walked = await agent.walk(root)
                values.update(walked.values)
                if walked.cut:
                    found.cut.append(f"{reading.class_name}: {walked.cut}")


def _has_below(values: Mapping[Oid, Any], root: Oid) -> bool:
    return any(oid[: len(root)] == root for oid in values)
