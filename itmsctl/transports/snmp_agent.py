"""Questions to one SNMP agent: single values, and whole tables, in bounds.

Whatever does not answer the question that was asked is passed over as if it had not come: other numbers, another
community, a digest that is not the user's. What others send never arrives (`datagrams`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from itmsctl.transports.ber import BerError, Oid
from itmsctl.transports.datagrams import Datagrams
from itmsctl.transports.snmp_message import (
    ENCRYPTED,
    END,
    GET,
    GET_BULK,
    REPORT,
    REPORTABLE,
    RESPONSE,
    Binding,
    Missing,
    Pdu,
    SecureMessage,
    SnmpEngine,
    Value,
    community_message,
    read_community_message,
    read_scoped_pdu,
    read_secure_message,
    scoped_pdu,
)
from itmsctl.transports.snmp_users import SnmpUser, decrypted, encrypted, is_genuine, no_digest, signed

_TOO_BIG, _NO_SUCH_NAME = 1, 2
_NO_ACCESS = frozenset({6, 16})
_LATE_S = 150  # how far the clocks of a message and of its engine may be apart (RFC 3414, 2.2.3)
_REPORTS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
_WHY = {
    1: "it does not offer the security of this user (authentication or encryption)",
    2: "its clock and the message's are apart",
    3: "it does not know the user",
    4: "it has another engine",
    5: "the authentication passphrase, or its digest, is another",
    6: "the encryption passphrase, or its cipher, is another",
}
_CLOCK, _OTHER_ENGINE = 2, 4


class SnmpSilentError(Exception):
    """Nothing that answers a question came in time."""


class SnmpRefusedError(Exception):
    """Nobody listens at the port, or no way leads to it."""


class SnmpCredentialError(Exception):
    """An agent is there and does not take this credential."""


class SnmpBrokenError(Exception):
    """An agent answers what makes no sense."""


@dataclass(frozen=True)
class Patience:
    """How long an answer is waited for, and how often a question is sent again."""

    timeout_s: float = 1.0
    retries: int = 1


@dataclass
class Bounds:
    """What is still taken from one agent, whatever it offers."""

    rows: int = 100_000
    bytes: int = 16 << 20
    until: float = float("inf")  # by the clock of the loop

    def spend(self, bindings: Sequence[Binding]) -> bool:
        """Count what came; return whether more may come."""
        self.rows -= len(bindings)
        self.bytes -= sum(len(value) if isinstance(value, bytes) else 8 for _, value in bindings)
        return self.rows > 0 and self.bytes > 0 and asyncio.get_running_loop().time() < self.until


@dataclass(frozen=True)
class Walked:
    """The values below an object, and why they are not all; nothing where they are."""

    values: dict[Oid, Value]
    cut: str = ""


class SnmpAgent:
    """One agent, asked with one credential: a community, or a user."""

    def __init__(self, link: Datagrams, who: bytes | SnmpUser, patience: Patience, bounds: Bounds) -> None:
        self.who, self.patience, self.bounds = who, patience, bounds
        self._security: _Community | _UserSession = (
            _Community(who) if isinstance(who, bytes) else _UserSession(link, who, patience)
        )
        self._link = link
        self._many = 24

    async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Return single values; one that is not there is left out.

        Raises SnmpSilentError, SnmpRefusedError, SnmpCredentialError, SnmpBrokenError.
        """
        found = await self._ask(GET, [(oid, None) for oid in oids])
        if found.status == _NO_SUCH_NAME and len(oids) > 1:  # an agent that gives all or nothing
            parts = [await self.get([oid]) for oid in oids]
            return {oid: value for part in parts for oid, value in part.items()}
        self.bounds.spend(found.bindings)
        wanted = set(oids)
        return {oid: v for oid, v in found.bindings if oid in wanted and v is not None and not isinstance(v, Missing)}

    async def walk(self, root: Oid) -> Walked:
        """Return all values below an object, or those up to where the agent fails or the bounds end.

        Raises as `get` does where the first question fails already.
        """
        values: dict[Oid, Value] = {}
        last = root
        while True:
            try:
                found = await self._next(last)
            except (SnmpSilentError, SnmpBrokenError) as error:
                if not values:
                    raise
                return Walked(values, f"the rest did not come: {error}")
            if not found.bindings or found.status:
                return Walked(
                    values, "" if found.status in {0, _NO_SUCH_NAME} else f"error {found.status} of the agent"
                )
            for oid, value in found.bindings:
                if oid[: len(root)] != root or value == END:
                    return Walked(values)
                if oid <= last:
                    return Walked(values, "it does not go forward: the agent repeats itself")
                last = oid
                values[oid] = value
            if not self.bounds.spend(found.bindings):
                return Walked(values, "it is longer than what is read of one device")

    async def _next(self, last: Oid) -> Pdu:
        """Ask for the values after one; for fewer where many do not come through."""
        while True:
            try:
                found = await self._ask(GET_BULK, [(last, None)], index=self._many)
            except SnmpSilentError:
                if self._many == 1:
                    raise
                self._many = 1
                continue
            if found.status != _TOO_BIG or self._many == 1:
                return found
            self._many //= 2

    async def _ask(self, kind: int, bindings: Sequence[Binding], index: int = 0) -> Pdu:
        await self._security.begin()
        loop = asyncio.get_running_loop()
        sent: set[int] = set()
        for _ in range(self.patience.retries + 1):
            pdu = Pdu(kind, secrets.randbelow(2**31), bindings, index=index)
            sent.add(pdu.request)
            self._link.send(self._security.sealed(pdu))
            deadline = loop.time() + self.patience.timeout_s
            while (data := await _next_datagram(self._link, deadline)) is not None:
                answer = self._security.opened(data)
                if answer is None:
                    continue
                if answer.kind == RESPONSE and answer.request in sent:
                    if answer.status in _NO_ACCESS:
                        raise SnmpCredentialError("it may not read that")
                    return answer
                if answer.kind == REPORT:
                    break  # its clock is known now: ask again
        raise SnmpSilentError("no answer")


async def _next_datagram(link: Datagrams, deadline: float) -> bytes | None:
    try:
        return await link.receive(deadline)
    except TimeoutError:
        return None
    except OSError as error:
        raise SnmpRefusedError(error.strerror or str(error)) from None


class _Community:
    """Messages under a community (version 2c)."""

    def __init__(self, community: bytes) -> None:
        self._community = community

    async def begin(self) -> None:
        """There is nothing to begin with."""

    def sealed(self, pdu: Pdu) -> bytes:
        """Return the message of a PDU."""
        return community_message(self._community, pdu)

    def opened(self, data: bytes) -> Pdu | None:
        """Return the PDU of a message, or None for one that is not meant."""
        try:
            community, pdu = read_community_message(data)
        except BerError:
            return None
        return pdu if community == self._community else None


@dataclass
class _Clock:
    """The engine of an agent, and when its time was learned."""

    engine: SnmpEngine
    learned: float

    def now(self) -> SnmpEngine:
        """Return the engine with its time of this moment."""
        passed = asyncio.get_running_loop().time() - self.learned
        return replace(self.engine, time=min(self.engine.time + int(passed), 2**31 - 1))


@dataclass
class _UserSession:
    """Messages of a user (version 3): the engine is learned first, then its clock."""

    link: Datagrams
    user: SnmpUser
    patience: Patience
    clock: _Clock | None = None
    numbers: set[int] = field(default_factory=set)
    salt: int = field(default_factory=lambda: secrets.randbits(64))
    synchronised: int = 0

    async def begin(self) -> None:
        """Learn the engine, where it is not known. Raises SnmpSilentError, SnmpRefusedError."""
        if self.clock is None:
            engine = await discover(self.link, self.patience)
            if engine is None:
                raise SnmpSilentError("no answer")
            self._learn(engine)

    def _learn(self, engine: SnmpEngine) -> None:
        self.clock = _Clock(engine, asyncio.get_running_loop().time())

    def sealed(self, pdu: Pdu) -> bytes:
        """Return the message of a PDU."""
        assert self.clock is not None
        engine, user = self.clock.now(), self.user
        scoped, salt = scoped_pdu(engine.id, pdu), b""
        if user.cipher:
            self.salt = (self.salt + 1) % 2**64
            salt = self.salt.to_bytes(8, "big")
            if user.cipher == "des":
                salt = engine.boots.to_bytes(4, "big") + salt[4:]
            scoped = encrypted(user, engine, scoped, salt)
        number = secrets.randbelow(2**31)
        self.numbers.add(number)
        flags = user.flags | REPORTABLE
        return signed(user, SecureMessage(number, flags, engine, user.name.encode(), no_digest(user), salt, scoped))

    def opened(self, data: bytes) -> Pdu | None:
        """Return the PDU of a message, or None for one that is not meant.

        Raises SnmpCredentialError for a report that says so.
        """
        try:
            message = read_secure_message(data)
            if message.number not in self.numbers:
                return None
            genuine = bool(self.user.digest) and is_genuine(self.user, message, data)
            scoped = message.scoped
            if message.flags & ENCRYPTED:
                if not self.user.cipher:
                    return None
                scoped = decrypted(self.user, message)
            pdu = read_scoped_pdu(scoped)
        except BerError:
            return None
        return self._judged(message, pdu, genuine=genuine)

    def _judged(self, message: SecureMessage, pdu: Pdu, *, genuine: bool) -> Pdu | None:
        assert self.clock is not None
        if pdu.kind == REPORT:
            return self._reported(message, pdu, genuine=genuine)
        is_whole = message.flags & self.user.flags == self.user.flags and (genuine or not self.user.digest)
        mine = message.engine.id == self.clock.engine.id and message.user == self.user.name.encode()
        if not is_whole or not mine:
            return None
        if genuine:
            now = self.clock.now()
            if message.engine.boots != now.boots or abs(message.engine.time - now.time) > _LATE_S:
                return None
        return pdu

    def _reported(self, message: SecureMessage, pdu: Pdu, *, genuine: bool) -> Pdu | None:
        which = reported(pdu)
        if which == _CLOCK and genuine and message.engine.id == self.clock_engine and self.synchronised < 3:
            self.synchronised += 1
            self._learn(message.engine)
            return pdu
        if which in _WHY and which not in {_CLOCK, _OTHER_ENGINE}:
            raise SnmpCredentialError(_WHY[which])
        return None

    @property
    def clock_engine(self) -> bytes:
        """Return the id of the engine that is spoken to."""
        return b"" if self.clock is None else self.clock.engine.id


def reported(pdu: Pdu) -> int:
    """Return which counter of the security model a report names (RFC 3414, 5); 0 for none."""
    for oid, _ in pdu.bindings:
        if oid[: len(_REPORTS)] == _REPORTS and len(oid) > len(_REPORTS):
            return oid[len(_REPORTS)]
    return 0


async def discover(link: Datagrams, patience: Patience) -> SnmpEngine | None:
    """Return the engine of who answers a question that holds no credential; None where nobody does.

    Raises SnmpRefusedError.
    """
    loop = asyncio.get_running_loop()
    numbers = set()
    for _ in range(patience.retries + 1):
        number = secrets.randbelow(2**31)
        numbers.add(number)
        question = scoped_pdu(b"", Pdu(GET, number))
        link.send(SecureMessage(number, REPORTABLE, SnmpEngine(), b"", b"", b"", question).encoded()[0])
        deadline = loop.time() + patience.timeout_s
        while (data := await _next_datagram(link, deadline)) is not None:
            try:
                message = read_secure_message(data)
            except BerError:
                continue
            if message.number in numbers and 5 <= len(message.engine.id) <= 32:
                return message.engine
    return None
