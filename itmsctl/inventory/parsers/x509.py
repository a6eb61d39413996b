"""Certificates as PEM, each file behind a line with its path: read from their DER, for nothing need be run for it.

Only what is told to others anyway: whose a certificate is, who signed it, for how long. A private key in the same file
is told to be there, and never read.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.parser import Parser, Rows

_PEM = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----\s*([A-Za-z0-9+/=\s]{64,200000}?)-----END")
_PRIVATE = re.compile(r"-----BEGIN (?:[A-Z]+ )?(?:ENCRYPTED )?PRIVATE KEY-----")
# A line of a block may begin with `/` too, and those of a private key are no path to tell.
_BLOCK_OR_PATH = re.compile(
    r"-----BEGIN [A-Z0-9 ]{1,60}-----[^-]*(?:-(?!----)[^-]*)*|^(?P<path>/[^\n]{0,4000})$", re.MULTILINE
)
_MOST = 2000
_NAMES = {
    "550403": "CN", "550404": "SN", "550405": "serialNumber", "550406": "C", "550407": "L", "550408": "ST",
    "550409": "street",
    "55040a": "O", "55040b": "OU", "55040c": "title", "55042a": "GN", "550461": "organizationIdentifier",
    "2a864886f70d010901": "emailAddress", "0992268993f22c640119": "DC", "0992268993f22c640101": "UID",
}  # fmt: skip
_ALGORITHMS = {
    "2a864886f70d010105": "sha1WithRSAEncryption", "2a864886f70d01010b": "sha256WithRSAEncryption",
    "2a864886f70d01010c": "sha384WithRSAEncryption", "2a864886f70d01010d": "sha512WithRSAEncryption",
    "2a864886f70d01010a": "rsassaPss", "2a864886f70d010104": "md5WithRSAEncryption",
    "2a8648ce3d040302": "ecdsa-with-SHA256",
    "2a8648ce3d040303": "ecdsa-with-SHA384", "2a8648ce3d040304": "ecdsa-with-SHA512", "2b6570": "ED25519",
    "2b6571": "ED448",
}  # fmt: skip
_KEYS = {
    "2a864886f70d010101": "rsa",
    "2a8648ce3d0201": "ec",
    "2b6570": "ed25519",
    "2b6571": "ed448",
    "2a8648ce380401": "dsa",
}
_CURVES = {"2a8648ce3d030107": 256, "2b81040022": 384, "2b81040023": 521, "2b8104000a": 256}
_ALTERNATIVE, _CONSTRAINTS = "551d11", "551d13"

_Part = tuple[int, bytes]


def certificates(text: str) -> Rows:
    """Return the certificates of files."""
    places = [(found.start(), found["path"]) for found in _BLOCK_OR_PATH.finditer(text) if found["path"]]
    files = itertools.pairwise([*places, (len(text), "")])
    return [row for (start, path), (end, _) in files for row in certificates_of(path, text[start:end])]


def certificates_of(path: str, text: str) -> Rows:
    """Return the certificates of a file; what is none, or broken, is left out."""
    rows: Rows = []
    has_key = _PRIVATE.search(text) is not None
    for found in list(_PEM.finditer(text))[:_MOST]:
        try:
            rows += _certificate(path, base64.b64decode(found[1]), has_key)
        except (ValueError, IndexError, OverflowError):
            continue
    return rows


def _certificate(path: str, data: bytes, has_key: bool) -> Rows:
    whole = next(_parts(data))[1]
    (_, body), (_, algorithm), *_ = _parts(whole)
    exact = data[: data.index(whole) + len(whole)]  # behind a trusted one stands what it is trusted for
    parts = list(_parts(body))
    if parts[0][0] == 0xA0:
        parts = parts[1:]
    serial, _, issuer, validity, subject, key = parts[:6]
    starts, ends = (_moment(kind, value) for kind, value in _parts(validity[1]))
    more = _extensions(parts[6:])
    who, by = _name(subject[1]), _name(issuer[1])
    return filled(
        {
            "store": path,
            "fingerprint": hashlib.sha256(exact).hexdigest(),
            "subject": who,
            "issuer": by,
            "serial": serial[1].hex().upper().lstrip("0") or "0",
            "not_before": starts,
            "not_after": ends,
            "signature_algorithm": _algorithm(algorithm),
            "is_self_signed": subject[1] == issuer[1],
            "has_private_key": True if has_key else None,
            **_key(key[1]),
            **more,
        }
    )


def _parts(data: bytes) -> Iterator[_Part]:
    """Yield what stands one behind the other: the tag and the content. Raises ValueError where a length is wrong."""
    place = 0
    while place < len(data):
        tag, size = data[place], data[place + 1]
        place += 2
        if size & 0x80:
            count = size & 0x7F
            if not 0 < count < 5:
                raise ValueError("length")
            size = int.from_bytes(data[place : place + count], "big")
            place += count
        if place + size > len(data):
            raise ValueError("length")
        yield tag, data[place : place + size]
        place += size


def _moment(kind: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if kind == 0x17:
        text = ("19" if text[:2] >= "50" else "20") + text
    numbers = [int(text[place : place + size]) for place, size in ((0, 4), (4, 2), (6, 2), (8, 2), (10, 2), (12, 2))]
    year, month, day, hour, minute, second = numbers
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _name(data: bytes) -> str:
    words = []
    for _, group in _parts(data):
        for _, pair in _parts(group):
            (_, kind), (tag, value) = _parts(pair)
            text = value.decode("utf-16-be" if tag == 0x1E else "utf-8", "replace")
            words.append(f"{_NAMES.get(kind.hex(), kind.hex())} = {text}")
    return ", ".join(words)


def _algorithm(data: bytes) -> str:
    kind = next(_parts(data))[1].hex()
    return _ALGORITHMS.get(kind, kind)


def _key(data: bytes) -> dict[str, Any]:
    (_, algorithm), (_, bits) = _parts(data)
    kind, *rest = _parts(algorithm)
    name = _KEYS.get(kind[1].hex())
    if name == "rsa":
        number = next(_parts(next(_parts(bits[1:]))[1]))[1]
        return {"key_type": name, "key_bits": int.from_bytes(number, "big").bit_length()}
    if name == "ec":
        return {"key_type": name, "key_bits": _CURVES.get(rest[0][1].hex()) if rest else None}
    return {"key_type": name, "key_bits": {"ed25519": 256, "ed448": 456}.get(name or "")}


def _extensions(parts: list[_Part]) -> dict[str, Any]:
    found: dict[str, Any] = {"is_ca": False}
    for tag, value in parts:
        if tag != 0xA3:
            continue
        for _, one in _parts(next(_parts(value))[1]):
            inside = list(_parts(one))
            kind, content = inside[0][1].hex(), inside[-1][1]
            if kind == _ALTERNATIVE:
                found["names"] = [text for text in map(_alternative, _parts(next(_parts(content))[1])) if text]
            elif kind == _CONSTRAINTS:
                told = list(_parts(next(_parts(content))[1]))
                found["is_ca"] = bool(told) and told[0] == (1, b"\xff")
    return found


def _alternative(part: _Part) -> str | None:
    tag, value = part
    if tag in {0x81, 0x82, 0x86}:
        return value.decode("ascii", "replace")
    if tag == 0x87 and len(value) == 4:
        return ".".join(str(byte) for byte in value)
    if tag == 0x87 and len(value) == 16:
        digits = value.hex()
        return ":".join(digits[place : place + 4] for place in range(0, 32, 4))
    return None


PARSER = Parser("cat /etc/ssl/certs/*.pem", {"certificates": certificates})
