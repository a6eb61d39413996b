"""What of the library no package needs any more: found, and taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.faults import writing
from itmsctl.errors import BusyError, ConflictError, PackageHashError, PackageObjectMissingError
from itmsctl.packages.kinds import AWAITED
from itmsctl.packages.rows import packages, revisions
from itmsctl.packages.service.library import Library, library_of
from itmsctl.values.leftover import Leftover


class SweptFiles(NamedTuple):
    """How many files went, and how many bytes they held."""

    files: int
    size: int


def leftovers() -> tuple[Leftover, ...]:
    """Return what this room leaves behind (hook)."""
    return (Leftover("library", "files of packages that no package needs", _batch),)


def _batch(unit: UnitOfWork, cursor: Any) -> tuple[int, Any]:  # noqa: ARG001 - there is one batch
    gone = swept(unit)
    return gone.files if gone else 0, None


def swept(unit: UnitOfWork) -> SweptFiles | None:
    """Return what `sweep` took away; None while somebody adds to the library, and for one that is not to be swept."""
    try:
        return sweep(unit, dry_run=unit.dry_run)
    except (BusyError, ConflictError):
        return None


def sweep(reader: Reader, *, dry_run: bool = False) -> SweptFiles:
    """Remove files that no content of a package needs, and say how much that was.

    Raises BusyError while somebody adds, ConflictError for the library of another CMDB, StorageError.
    """
    library = library_of(reader)
    if not library.root.is_dir():
        return SweptFiles(0, 0)
    with library.sweeping():
        manifests, objects = needed(reader, library)
        gone = [path for path in library.written() if path.name.partition(".")[0] not in manifests]
        gone += [path for path in library.objects() if path.name not in objects]
        gone += library.unfinished()
        gone += _given_up(reader, library)
        size = 0
        with writing(str(library.root)):
            for path in gone:
                size += path.stat().st_size
                if not dry_run:
                    path.unlink()
    return SweptFiles(len(gone), size)


def _given_up(reader: Reader, library: Library) -> list[Path]:
    """Return the files of contents that were begun to be taken from another server, and that no package awaits now."""
    to_come = reader.connection.execute(sa.select(packages.c.manifest).where(packages.c.state == AWAITED)).scalars()
    wanted = set(to_come)
    return [path for path in (library.root / "incoming").glob("*/*") if path.parent.name not in wanted]


def needed(reader: Reader, library: Library) -> tuple[set[str], set[str]]:
    """Return the digests of manifests and of files that contents of packages need.

    A manifest that is not there or damaged names no files: nothing is swept then. Raises ConflictError.
    """
    to_come = sa.select(packages.c.manifest).where(packages.c.state == AWAITED)
    kept = sa.select(revisions.c.manifest).where(revisions.c.manifest.not_in(to_come))
    manifests = set(reader.connection.execute(kept).scalars())
    objects: set[str] = set()
    for digest in manifests:
        try:
            objects.update(file.sha256 for file in library.manifest(digest).files)
        except (PackageObjectMissingError, PackageHashError) as error:
            raise ConflictError(
                "the library is not swept: a manifest cannot be read", why=error.message, hint="itmsctl package verify"
            ) from error
    return manifests, objects
