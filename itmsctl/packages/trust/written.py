"""The one written form of what is signed, and how bytes of strangers are read: within bounds, and in no two ways.

What is signed is JSON with sorted keys, no blanks and no fractions, so that two programs sign the same bytes. For texts
without control characters, which are refused, it equals the canonical JSON of The Update Framework.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NoReturn

from itmsctl.errors import CatalogDamagedError

MAX_INTEGER = 2**63 - 1
_ESCAPED = re.compile(r'\\(?:["\\]|(?P<control>.))')
_SHA256 = re.compile(r"[0-9a-f]{64}")


def canonical(value: Any) -> bytes:
    """Return the bytes that are signed. Raises CatalogDamagedError for a text with a control character."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if "\\" in text and any(found["control"] for found in _ESCAPED.finditer(text)):
        raise CatalogDamagedError("a text of the catalogue holds a control character")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise CatalogDamagedError("a text of the catalogue holds half a character") from None


def sha256(data: bytes) -> str:
    """Return the digest of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def read(data: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object that a file of metadata holds; `what` names the file.

    Raises CatalogDamagedError for anything that two readers could understand in two ways.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_float=_refused, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:
        raise damaged(what, f"it is not JSON of the right form: {error}") from None
    return as_object(value, what)


def damaged(what: str, why: str) -> CatalogDamagedError:
    """Return the refusal of a file that cannot be read."""
    return CatalogDamagedError(
        f"{what} of the catalogue of packages cannot be used",
        why=why,
        hint="itmsctl package-catalogue show; put the files back from a backup",
        details={"file": what},
    )


def as_object(value: Any, what: str) -> dict[str, Any]:
    """Return a value that has to be an object. Raises CatalogDamagedError."""
    if not isinstance(value, dict):
        raise damaged(what, "an object was expected")
    return value


def as_text(value: Any, what: str) -> str:
    """Return a value that has to be a text. Raises CatalogDamagedError."""
    if not isinstance(value, str):
        raise damaged(what, "a text was expected")
    return value


def as_number(value: Any, what: str, least: int = 1, most: int = MAX_INTEGER) -> int:
    """Return a value that has to be a whole number within bounds. Raises CatalogDamagedError."""
    if type(value) is not int or not least <= value <= most:
        raise damaged(what, f"a whole number from {least} to {most} was expected")
    return value


def as_digest(value: Any, what: str) -> str:
    """Return a value that has to be a SHA-256 in hex. Raises CatalogDamagedError."""
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise damaged(what, "a SHA-256 in hex was expected")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is not a whole number")
