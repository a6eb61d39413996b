"""The texts of rules as far as a look needs them that must cost nothing: nothing is parsed."""

from __future__ import annotations

from hashlib import sha256

COMPUTER = "computer"  # the class of what computers are themselves: who has no rows of any class is judged by it
_UNREADABLE = "unreadable "


def digest_of(detect: str, applies: str) -> str:
    """Return the digest of the rules of a software resource."""
    return sha256(f"{detect}\0{applies}".encode()).hexdigest()


def unreadable(detect: str, applies: str) -> str:
    """Return the digest of rules that could not be read."""
    return _UNREADABLE + digest_of(detect, applies)


def is_digest_of(digest: str | None, detect: str, applies: str) -> bool:
    """Return whether this is the digest of rules, whether or not they could be read."""
    return digest is not None and digest.removeprefix(_UNREADABLE) == digest_of(detect, applies)


def follows_time(detect: str, applies: str) -> bool:
    """Return whether the passing of time alone may change what the rules come to."""
    return "now()" in f"{detect} {applies}".lower()
