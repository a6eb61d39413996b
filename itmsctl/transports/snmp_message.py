"""Messages of SNMP v2c and v3 as bytes, and back (RFC 3416, RFC 1901, RFC 3412, RFC 3414). Nothing is sent here."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import NamedTuple

from itmsctl.transports.ber import (
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    BerError,
    BerReader,
    Oid,
    block,
    integer,
    object_id,
    octets,
    sequence,
)
from itmsctl.values.lean import dataclass

GET, GET_NEXT, RESPONSE, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
V2C, V3 = 1, 3
AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
LARGEST = 65_507  # of a datagram
_USM = 3
_IP_ADDRESS, _COUNTER, _GAUGE, _TICKS, _OPAQUE, _COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
_UNSIGNED = frozenset({_COUNTER, _GAUGE, _TICKS, _COUNTER64})
_MISSING = {0x80: "no such object", 0x81: "no such instance", 0x82: "end of the view"}
_MOST_BINDINGS = 4096


class Missing(NamedTuple):
    """What an agent answers in the place of a value that it has not."""

    why: str


END = Missing(_MISSING[0x82])
Value = int | bytes | Oid | IPv4Address | Missing | None
Binding = tuple[Oid, Value]


@dataclass(frozen=True)
class Pdu:
    """One question or answer. Of GET_BULK `status` and `index` are the non-repeaters and the repetitions."""

    kind: int
    request: int
    bindings: Sequence[Binding] = ()
    status: int = 0
    index: int = 0

    def encoded(self) -> bytes:
        """Return its bytes."""
        bindings = (sequence(object_id(oid), _value(value)) for oid, value in self.bindings)
        parts = (integer(self.request), integer(self.status), integer(self.index), sequence(*bindings))
        return block(self.kind, b"".join(parts))


def _value(value: Value) -> bytes:
    if value is None:
        return block(NULL, b"")
    if isinstance(value, Missing):
        return block(next(tag for tag, why in _MISSING.items() if why == value.why), b"")
    if isinstance(value, int):
        return integer(value) if -(2**31) <= value < 2**31 else integer(value, _COUNTER64)
    if isinstance(value, bytes):
        return octets(value)
    return block(_IP_ADDRESS, value.packed) if isinstance(value, IPv4Address) else object_id(value)


def read_pdu(reader: BerReader) -> Pdu:
    """Return the PDU that comes next. Raises BerError."""
    kind = reader.tag
    inside = reader.inside(kind)
    request, status, index = inside.number(), inside.number(), inside.number()
    listed = inside.inside(SEQUENCE)
    bindings: list[Binding] = []
    while not listed.is_done:
        if len(bindings) >= _MOST_BINDINGS:
            raise BerError("too many values in one answer")
        one = listed.inside(SEQUENCE)
        bindings.append((one.oid(), read_value(one)))
    return Pdu(kind, request, tuple(bindings), status, index)


def read_value(reader: BerReader) -> Value:
    """Return the value that comes next. Raises BerError."""
    tag = reader.tag
    if tag == INTEGER:
        return reader.number()
    if tag in _UNSIGNED:
        return reader.number(tag, signed=False)
    if tag == OID:
        return reader.oid()
    content = reader.content(tag)
    if tag in {OCTETS, _OPAQUE}:
        return content
    if tag == NULL:
        return None
    if tag in _MISSING:
        return Missing(_MISSING[tag])
    if tag == _IP_ADDRESS and len(content) == 4:
        return IPv4Address(content)
    raise BerError(f"a value of the unknown tag {tag:#x}")


def community_message(community: bytes, pdu: Pdu) -> bytes:
    """Return a message of version 2c."""
    return sequence(integer(V2C), octets(community), pdu.encoded())


def read_community_message(data: bytes) -> tuple[bytes, Pdu]:
    """Return the community and the PDU of a message of version 2c. Raises BerError."""
    message = BerReader(data).inside(SEQUENCE)
    if message.number() != V2C:
        raise BerError("it is not of version 2c")
    return message.content(OCTETS), read_pdu(message)


@dataclass(frozen=True)
class SnmpEngine:
    """An SNMP engine as messages name it: its id, how often it began, and its seconds since then."""

    id: bytes = b""
    boots: int = 0
    time: int = 0


@dataclass(frozen=True)
class SecureMessage:
    """A message of version 3: its header, whose it is, and its scoped PDU, which may be encrypted.

    `digest_at` is the place of the digest in the message.
    """

    number: int
    flags: int
    engine: SnmpEngine
    user: bytes
    digest: bytes
    salt: bytes
    scoped: bytes
    digest_at: int = 0

    def encoded(self) -> tuple[bytes, int]:
        """Return its bytes, and the place of the digest in them."""
        salt = octets(self.salt)
        engine = self.engine
        named = (octets(engine.id), integer(engine.boots), integer(engine.time), octets(self.user))
        security = octets(sequence(*named, octets(self.digest), salt))
        header = sequence(integer(self.number), integer(LARGEST), octets(bytes((self.flags,))), integer(_USM))
        data = sequence(integer(V3), header, security, self.scoped)
        return data, len(data) - len(self.scoped) - len(salt) - len(self.digest)


def read_secure_message(data: bytes) -> SecureMessage:
    """Return a message of version 3, not yet decrypted. Raises BerError."""
    message = BerReader(data).inside(SEQUENCE)
    if message.number() != V3:
        raise BerError("it is not of version 3")
    header = message.inside(SEQUENCE)
    number, _ = header.number(), header.number()
    flags = header.content(OCTETS)
    if len(flags) != 1 or header.number() != _USM:
        raise BerError("it is not of the user-based security model")
    security = message.inside(OCTETS).inside(SEQUENCE)
    engine = SnmpEngine(security.content(OCTETS), security.number(), security.number())
    user = security.content(OCTETS)
    digest = security.inside(OCTETS)
    salt = security.content(OCTETS)
    scoped = data[message.at : message.end]
    return SecureMessage(
        number, flags[0], engine, user, data[digest.at : digest.end], salt, scoped, digest_at=digest.at
    )


def scoped_pdu(engine_id: bytes, pdu: Pdu) -> bytes:
    """Return a PDU with the engine whose objects it asks for."""
    return sequence(octets(engine_id), octets(b""), pdu.encoded())


def read_scoped_pdu(data: bytes) -> Pdu:
    """Return the PDU of a scoped one. Raises BerError."""
    scoped = BerReader(data).inside(SEQUENCE)
    scoped.content(OCTETS), scoped.content(OCTETS)
    return read_pdu(scoped)
