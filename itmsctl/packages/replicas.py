"""A package on a package server, piece by piece: what is missing there, and in which parcels it is sent.

A file of at most `PIECE` bytes is one piece; small files travel together. What a server says of digests only decides
what is sent: that a copy is right is proven by bytes that come back (PS8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from itmsctl.packages.manifest import PIECE, PackageFile, PackageManifest

MOST_FILES = 500  # of one parcel


@dataclass(frozen=True, slots=True, order=True)
class PiecePlace:
    """A piece of a package: the number of its file in the manifest, and which piece of it."""

    file: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class ReplicaSeen:
    """What a server says of a package there: `visible` whole, or in `part`; sizes of files and digests of pieces.

    `manifest` is the digest of the written manifest beside it. `sums` is False where the server cannot make digests.
    """

    root: bool = True
    visible: bool = False
    part: bool = False
    manifest: str = ""
    free_bytes: int | None = None
    sums: bool = True
    sizes: Mapping[int, int] = field(default_factory=dict)
    pieces: Mapping[PiecePlace, str] = field(default_factory=dict)


def length(file: PackageFile, number: int) -> int:
    """Return the bytes of a piece of a file."""
    return min(PIECE, file.size - number * PIECE)


def digest_of(file: PackageFile, number: int) -> str:
    """Return the digest of a piece of a file."""
    return file.pieces[number] if file.pieces else file.sha256


def places(manifest: PackageManifest) -> Iterator[PiecePlace]:
    """Yield every piece of a package; a file without content has one, which is empty."""
    for index, file in enumerate(manifest.files):
        for number in range(max(1, len(file.pieces))):
            yield PiecePlace(index, number)


def missing(manifest: PackageManifest, seen: ReplicaSeen) -> list[PiecePlace]:
    """Return the pieces that a server does not say it has as they should be."""
    return [
        place
        for place in places(manifest)
        if seen.pieces.get(place) != digest_of(manifest.files[place.file], place.number)
        or (not manifest.files[place.file].pieces and seen.sizes.get(place.file) != manifest.files[place.file].size)
    ]


def overlong(manifest: PackageManifest, seen: ReplicaSeen) -> list[int]:
    """Return the files that are longer there than they should be: they are begun again."""
    return [index for index, file in enumerate(manifest.files) if seen.sizes.get(index, 0) > file.size]


def parcels(manifest: PackageManifest, wanted: Iterable[PiecePlace]) -> Iterator[tuple[PiecePlace, ...]]:
    """Yield what is sent at once: one piece of a large file, or small files up to a piece together."""
    small: list[PiecePlace] = []
    weight = 0
    for place in wanted:
        file = manifest.files[place.file]
        if file.pieces:
            yield (place,)
            continue
        if small and (weight + file.size > PIECE or len(small) >= MOST_FILES):
            yield tuple(small)
            small, weight = [], 0
        small.append(place)
        weight += file.size
    if small:
        yield tuple(small)


def bytes_of(manifest: PackageManifest, wanted: Iterable[PiecePlace]) -> int:
    """Return how many bytes pieces hold together."""
    return sum(length(manifest.files[place.file], place.number) for place in wanted)
