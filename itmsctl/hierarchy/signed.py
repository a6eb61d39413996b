"""What a server signs: a line of canonical JSON that holds an object and its signature; read as what anybody may send.

Members are read by their types. What is wrong raises what Python raises, for the reader of the whole to say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.values.names import is_guid


@dataclass(frozen=True, slots=True)
class SignedForm:
    """One sort of what is signed: what else the key signs begins with another `domain`; `member` holds the object."""

    domain: bytes
    member: str

    def written(self, said: Mapping[str, Any], key: SigningKey) -> bytes:
        """Return the line of an object, with its line feed."""
        return _canonical({"sig": key.sign(self.domain + _canonical(said)).hex(), self.member: said}) + b"\n"

    def read(self, line: bytes) -> SignedObject:
        """Return what a line holds. Raises ValueError, TypeError, KeyError, RecursionError."""
        value = json.loads(line)
        said, signature = value[self.member], bytes.fromhex(value["sig"])
        return SignedObject(said, self.domain + _canonical(said), signature)


@dataclass(frozen=True, slots=True)
class SignedObject:
    """An object that was read and is not believed yet: `said` may be anything."""

    said: Any
    data: bytes
    signature: bytes

    def is_of(self, key: VerifyKey) -> bool:
        """Return whether this key signed it."""
        return key.signed(self.data, self.signature)


def as_text(value: Any, most: int) -> str:
    """Return a text of at most so many characters. Raises ValueError."""
    if not isinstance(value, str) or len(value) > most:
        raise ValueError("a text was expected")
    return value


def as_guid(value: Any) -> str:
    """Return a GUID. Raises ValueError."""
    if not isinstance(value, str) or not is_guid(value):
        raise ValueError("a GUID was expected")
    return value


def as_list(value: Any, most: int) -> list[Any]:
    """Return a list of at most so many members. Raises ValueError."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("a list was expected")
    return value


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()
