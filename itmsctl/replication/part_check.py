"""Verification by parts: which objects of a kind stand in which part, and what a part comes to (REPL-12, REPL-13)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_PARTS = 10_000
MOST_IN_PART = 500  # objects, about: those of a part that differs are named in the answer


@dataclass(frozen=True, slots=True)
class PartCheck:
    """What one part of the objects of a kind must come to where they arrived."""

    kind: str
    part: int
    parts: int
    digest: str
    count: int


def part_of(guid: str, parts: int) -> int:
    """Return in which of so many parts an object is verified: 0 and up, evenly, the same on every server."""
    return int.from_bytes(hashlib.sha256(guid.encode()).digest()[:8], "big") % parts


def part_digest(hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 of objects by GUID and content hash."""
    return hashlib.sha256("\n".join(f"{guid} {found}" for guid, found in sorted(hashes.items())).encode()).hexdigest()


def checks_of(kind: str, hashes: Mapping[str, str], part: int, parts: int) -> Iterator[PartCheck]:
    """Yield what the objects of a part come to: where they are many, cut evenly into smaller ones."""
    pieces = max(1, min(-(-len(hashes) // MOST_IN_PART), MOST_PARTS // parts))
    found: dict[int, dict[str, str]] = {part + parts * piece: {} for piece in range(pieces)}
    for guid, digest in hashes.items():
        found[part_of(guid, parts * pieces)][guid] = digest
    for number, those in found.items():
        yield PartCheck(kind, number, parts * pieces, part_digest(those), len(those))
