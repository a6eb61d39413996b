"""The encoding of SNMP messages (BER, ITU-T X.690), in the few types that SNMP has; what comes from afar is bounded."""

from __future__ import annotations

Oid = tuple[int, ...]
"""An object identifier, such as (1, 3, 6, 1)."""

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
_MOST_ARCS, _HIGHEST_ARC = 128, 2**32 - 1  # RFC 2578, 3.5
_LONGEST_INTEGER = 9  # of Counter64


class BerError(ValueError):
    """Bytes that are not well formed."""


def block(tag: int, content: bytes) -> bytes:
    """Return a value with its tag and length."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE of encoded parts."""
    return block(SEQUENCE, b"".join(parts))


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Return an encoded whole number."""
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return block(tag, number.to_bytes(size, "big", signed=True))


def octets(content: bytes) -> bytes:
    """Return an encoded OCTET STRING."""
    return block(OCTETS, content)


def object_id(oid: Oid) -> bytes:
    """Return an encoded OBJECT IDENTIFIER of at least two numbers."""
    first, second, *rest = oid
    return block(OID, b"".join(map(_arc, (first * 40 + second, *rest))))


def _arc(number: int) -> bytes:
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))


class BerReader:
    """Reads values one after the other from a part of a buffer; `at` is the place in the whole buffer."""

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data, self.at = data, at
        self.end = len(data) if end is None else end

    @property
    def is_done(self) -> bool:
        """Return whether nothing is left."""
        return self.at >= self.end

    @property
    def tag(self) -> int:
        """Return the tag of the next value. Raises BerError at the end."""
        if self.is_done:
            raise BerError("it ends too early")
        return self.data[self.at]

    def inside(self, tag: int) -> BerReader:
        """Return a reader of what is in the next value, and go past it. Raises BerError for another tag."""
        if self.tag != tag:
            raise BerError(f"a value of tag {self.tag:#x} where {tag:#x} is expected")
        begin, size = self._length(self.at + 1)
        if begin + size > self.end:
            raise BerError("a value is longer than what holds it")
        self.at = begin + size
        return BerReader(self.data, begin, begin + size)

    def content(self, tag: int) -> bytes:
        """Return the bytes of the next value, and go past it. Raises BerError."""
        one = self.inside(tag)
        return self.data[one.at : one.end]

    def number(self, tag: int = INTEGER, *, signed: bool = True) -> int:
        """Return the next value as a whole number. Raises BerError."""
        content = self.content(tag)
        if not 1 <= len(content) <= _LONGEST_INTEGER:
            raise BerError(f"a number of {len(content)} bytes")
        return int.from_bytes(content, "big", signed=signed)

    def oid(self) -> Oid:
        """Return the next value as an object identifier. Raises BerError."""
        arcs: list[int] = []
        number, content = 0, self.content(OID)
        for byte in content:
            number = number << 7 | byte & 0x7F
            if number > _HIGHEST_ARC + 80 or len(arcs) >= _MOST_ARCS:
                raise BerError("an object identifier out of its bounds")
            if byte < 0x80:
                arcs.append(number)
                number = 0
        if not arcs or content[-1] & 0x80:
            raise BerError("an object identifier ends too early")
        first = min(arcs[0] // 40, 2)
        return (first, arcs[0] - 40 * first, *arcs[1:])

    def _length(self, at: int) -> tuple[int, int]:
        """Return where a value begins and how long it is. Raises BerError, also for one without a length."""
        if at >= self.end:
            raise BerError("it ends too early")
        first = self.data[at]
        if first < 0x80:
            return at + 1, first
        many = first & 0x7F
        if not 1 <= many <= 4 or at + 1 + many > self.end:
            raise BerError("a length that is not valid")
        return at + 1 + many, int.from_bytes(self.data[at + 1 : at + 1 + many], "big")
