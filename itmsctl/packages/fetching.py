"""What an endpoint is told of servers that have a package, and what it says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from itmsctl.errors import InputError, PackageHashError, PackageTooLongError
from itmsctl.packages.manifest import PackageManifest

_URL = re.compile(r"(?:https?|file|sftp|smb)://[!-~]+")
_BY_PATH = ("sftp://", "smb://")  # no URL reaches the tools for these: paths do
INTEGRITY = frozenset({PackageHashError.code, PackageTooLongError.code})  # as the program there says them


@dataclass(frozen=True, slots=True)
class SourceLeft:
    """A source that was left out: its number in the order given, the file, and why."""

    number: int
    path: str
    word: str
    why: str

    @property
    def is_corrupt(self) -> bool:
        """Return whether what it sent is not the package: the copy there is damaged, or somebody changed it."""
        return self.word in INTEGRITY


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an endpoint took from where: bytes by source, sources that were left out, and how many files it lacks."""

    taken: dict[int, int]
    left: tuple[SourceLeft, ...]
    lacks: int | None


def source_lines(bases: Sequence[str]) -> bytes:
    """Return sources as the endpoint reads them; each is the address of the folder that has the package's folder.

    Raises InputError for an address that no endpoint is given.
    """
    for base in bases:
        if not _URL.fullmatch(base):
            raise InputError(
                f"`{base[:200]}` is not an address that packages are taken from",
                hint="https, http, sftp, smb or file",
            )
    return "".join(f"{number} {_written(base.rstrip('/'))}\n" for number, base in enumerate(bases, 1)).encode()


def _written(base: str) -> str:
    if not base.startswith(_BY_PATH):
        return base
    plain = unquote(base)
    if not plain.isprintable():
        raise InputError(f"`{base[:200]}` holds characters that no path of a package has")
    return plain


def want_lines(manifest: PackageManifest) -> bytes:
    """Return the files as the endpoint asks servers for them: `SHA256 SIZE ADDRESS ./PATH/`."""
    lines = (
        f"{one.sha256} {one.size} {manifest.digest}/{quote(one.path, safe='/')} ./{one.path}/\n"
        for one in manifest.files
    )
    return "".join(lines).encode()


def fetched(lines: Iterable[str]) -> Fetched:
    """Read what an endpoint said; a line that makes no sense says nothing."""
    taken: dict[int, int] = {}
    left: list[SourceLeft] = []
    lacks = None
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "took" and (found := re.fullmatch(r"([0-9]{1,6}) ([0-9]{1,15}) \./.*", rest)):
            taken[int(found[1])] = taken.get(int(found[1]), 0) + int(found[2])
        elif word == "left" and (found := re.fullmatch(r"([0-9]{1,6}) \./(.*) (PKG-[A-Z-]+|SLOW|SHORT) (.*)", rest)):
            left.append(SourceLeft(int(found[1]), found[2], found[3], found[4]))
        elif word == "FETCHED" and re.fullmatch(r"[0-9]{1,9}", rest):
            lacks = int(rest)
    return Fetched(taken, tuple(left), lacks)
