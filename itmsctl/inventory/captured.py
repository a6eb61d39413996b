"""What parsers share: bytes to text, lines of `key: value`, sizes and dates as tools write them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from itmsctl.values.addresses import is_address

_LONGEST = 4096
_POWERS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}
_SIZE = re.compile(r"([0-9][0-9 \u00a0]*(?:[.,][0-9]+)?)\s*([KMGTP]?)(i?)(?:B(?:ytes?)?|o)?\b", re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]+")
_SAYS_NOTHING = re.compile(
    r"(?:not (?:specified|provided|available|present|installed|defined|set|applicable)|unknown|none|n/?a|\(?null\)?"
    r"|-+|to be filled by o\.?e\.?m\.?|default string|<?out of spec>?|<?bad index>?|empty|no asset (?:tag|information)"
    r"|system (?:serial number|product name|manufacturer|version)|chassis serial number|0+|f+|x+|\.+"
    r"|[0-9]*asset ?tag ?[0-9]*"
    r"|o\.?e\.?m\.?|unset|undefined|invalid|no module installed)",
    re.IGNORECASE,
)
_MAC = re.compile(r"(?:[0-9a-f]{1,2}[:-]){5,}[0-9a-f]{1,2}|(?:0x)?[0-9a-f]{12}", re.IGNORECASE)


def text_of(data: bytes) -> str:
    """Return bytes as text: UTF-16 where a mark or its zeros say so, else UTF-8, else Latin-1; no line ends in CR."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif data[1:64:2].count(0) > 16:
        text = data.decode("utf-16-le", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bytes_of(text: str | None) -> bytes:
    """Return what a text of Base64 holds; nothing for what is none."""
    try:
        return base64.b64decode(text or "", validate=True)
    except ValueError:
        return b""


def lines(text: str) -> Iterator[str]:
    """Yield lines; one that is longer than any tool writes is left out, so that no pattern looks at it for long."""
    for line in text.split("\n"):
        if len(line) <= _LONGEST:
            yield line


def said(text: str | None) -> str | None:
    """Return a text that says something; None for `Not Specified`, `To Be Filled By O.E.M.`, zeros and the like."""
    plain = " ".join((text or "").split())
    return None if not plain or _SAYS_NOTHING.fullmatch(plain) else plain


def whole(text: str | None) -> int | None:
    """Return the first whole number of a text that fits 64 bits; None where there is none."""
    found = _WHOLE.search(text or "")
    return int(found[0]) if found and len(found[0]) < 19 else None


def size(text: str | None, unit: str = "") -> int | None:
    """Return a size in bytes: `64 kB`, `1.5 GiB`, `479,7 MB`; `unit` is that of a number without one.

    A thousand is 1024 here, as in what tools print of memory and file systems. None where there is no size.
    """
    found = _SIZE.match((text or "").strip())
    if found is None:
        return None
    number = float(re.sub(r"[ \u00a0]", "", found[1]).replace(",", "."))
    return _fitting(number * 2 ** _POWERS[(found[2] or unit).lower()])


def decimal_size(text: str | None) -> int | None:
    """Return a size in bytes where a thousand is 1000, as makers of disks count: `500 GB`."""
    found = _SIZE.match((text or "").strip())
    if found is None:
        return None
    number = float(re.sub(r"[ \u00a0]", "", found[1]).replace(",", "."))
    base = 1024 if found[3] else 1000
    return _fitting(number * base ** (_POWERS[found[2].lower()] // 10))


def _fitting(number: float) -> int | None:
    return round(number) if number < 2**63 else None


def mebibytes(text: str | None, unit: str = "m") -> int | None:
    """Return a size in MiB."""
    found = size(text, unit)
    return None if found is None else found >> 20


def pairs(lines: Iterable[str], separator: str = ":") -> dict[str, str]:
    """Return lines of `key: value` as a map; of a key that comes twice the first counts."""
    found: dict[str, str] = {}
    for line in lines:
        key, apart, value = line.partition(separator)
        if apart and key.strip():
            found.setdefault(" ".join(key.split()), value.strip())
    return found


def blocks(text: str) -> Iterator[list[str]]:
    """Yield what stands between empty lines."""
    block: list[str] = []
    for line in text.splitlines():
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def filled(row: dict[str, Any], *needed: str) -> list[dict[str, Any]]:
    """Return a row without what says nothing, in a list; none where one of `needed`, or all, is missing."""
    kept = {name: value for name, value in row.items() if value not in (None, "", [], {})}
    return [kept] if kept and all(name in kept for name in needed) else []


def mac(text: str | None) -> str | None:
    """Return a MAC address in small letters with colons, each part of two digits; None for what is none, or zero."""
    plain = (text or "").strip()
    if not _MAC.fullmatch(plain):
        return None
    if ":" in plain or "-" in plain:
        parts = [part.zfill(2) for part in re.split("[:-]", plain.lower())]
    else:
        digits = plain.lower().removeprefix("0x")
        parts = [digits[place : place + 2] for place in range(0, len(digits), 2)]
    return ":".join(parts) if set(parts) - {"00"} else None


def address(text: str | None) -> str | None:
    """Return an IP address without its zone; None for what is none."""
    plain = (text or "").strip().partition("%")[0]
    return plain if plain not in {"", "0.0.0.0", "::"} and is_address(plain) else None  # noqa: S104 - words that mean none


def mask_length(text: str | None) -> int | None:
    """Return how many bits a network mask has: `255.255.255.0`, `0xffffff00`, `ffffff00`; None for what is none."""
    plain = (text or "").strip().lower().removeprefix("0x")
    if re.fullmatch("[0-9a-f]{8}", plain):
        number = int(plain, 16)
    else:
        parts = plain.split(".")
        if len(parts) != 4 or not all(
            part.isascii() and part.isdigit() and len(part) < 4 and int(part) < 256 for part in parts
        ):
            return None
        number = int.from_bytes(bytes(int(part) for part in parts))
    length = number.bit_count()
    return length if number == (2**length - 1) << (32 - length) else None


def moment(text: str | None, *forms: str) -> datetime | None:
    """Return a time in one of the forms of `strptime`, in UTC where it says no zone; None for what is none."""
    plain = " ".join((text or "").split())
    for form in forms:
        try:
            found = datetime.strptime(plain, form)  # noqa: DTZ007 - the zone is set below, where the text has none
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
