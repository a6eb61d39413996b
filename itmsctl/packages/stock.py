"""What an endpoint is told of a package: the list of its files, and what it lacks of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from itmsctl.packages.manifest import PIECE, PackageFile, PackageManifest

ROUND = 64  # pieces that are sent at once: so many stand twice on the endpoint's disk for a moment


def listing(manifest: PackageManifest) -> bytes:
    """Return the list of files by which an endpoint checks a package: `SHA256  ./PATH`, in the order of its bytes."""
    return b"".join(sorted(f"{one.sha256}  ./{one.path}\n".encode() for one in manifest.files))


def known_by(manifest: PackageManifest) -> dict[str, str]:
    """Return by what the programs of an endpoint know a package: its digest, and that of the list of its files."""
    return {"digest": manifest.digest, "list": hashlib.sha256(listing(manifest)).hexdigest()}


def needed(manifest: PackageManifest) -> str:
    """Return the KiB that have to be free for its files."""
    return str(manifest.size // 1024 + 64)


def piece_listing(manifest: PackageManifest) -> bytes:
    """Return the digests of pieces, by which an endpoint finds what it has of a large file: `SHA256 NUMBER ./PATH/`."""
    lines = (f"{sha} {at} ./{one.path}/\n" for one in manifest.files for at, sha in enumerate(one.pieces))
    return "".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Portion:
    """What is to be sent of a file: all of it, or one piece."""

    file: PackageFile
    piece: int | None = None

    @property
    def offset(self) -> int:
        """Return where it begins."""
        return 0 if self.piece is None else self.piece * PIECE

    @property
    def size(self) -> int:
        """Return its bytes."""
        return self.file.size if self.piece is None else min(PIECE, self.file.size - self.offset)


@dataclass
class Lacking:
    """What an endpoint says it lacks of a package: files by path, and the pieces that it has of some."""

    paths: set[str] = field(default_factory=set)
    pieces: dict[str, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str]) -> Lacking:
        """Read what it said; a line that makes no sense says nothing."""
        found = cls()
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "lack":
                found.paths.add(rest.removeprefix("./"))
            elif word == "have":
                at, _, path = rest.partition(" ")
                if at.isascii() and at.isdigit() and len(at) < 9:
                    found.pieces.setdefault(path.removeprefix("./"), set()).add(int(at))
        return found

    def portions(self, manifest: PackageManifest) -> Iterator[Portion]:
        """Yield what is to be sent: of a large file of which something is there, only the pieces that are not."""
        for one in manifest.files:
            if one.path not in self.paths:
                continue
            there = self.pieces.get(one.path, set())
            missing = [at for at in range(len(one.pieces)) if at not in there]
            if there and missing:
                yield from (Portion(one, at) for at in missing)
            else:
                yield Portion(one)


def rounds(portions: Iterable[Portion]) -> Iterator[tuple[Portion, ...]]:
    """Yield portions in rounds: whole files in the first one, and so many pieces in each."""
    now: list[Portion] = []
    pieces = 0
    for portion in sorted(portions, key=lambda one: one.piece is not None):
        now.append(portion)
        pieces += portion.piece is not None
        if pieces == ROUND:
            yield tuple(now)
            now, pieces = [], 0
    if now:
        yield tuple(now)


def every_portion(manifest: PackageManifest) -> tuple[Portion, ...]:
    """Return all of a package."""
    return tuple(Portion(one) for one in manifest.files)
