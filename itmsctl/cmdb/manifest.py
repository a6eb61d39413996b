"""What stands beside a backup: which database it is of, how far it had come, and the digest of its bytes."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from itmsctl import __version__, errors
from itmsctl.cmdb.found import Facts
from itmsctl.values.times import from_text, to_text

SUFFIX = ".manifest.json"
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """One backup. `seq` and `chain_hash` are the end of its audit chain."""

    engine: str
    size: int
    sha256: str
    server_guid: str
    epoch: int
    seq: int
    chain_hash: str
    schema: str
    made_at: str
    program: str
    format: int = _FORMAT

    @classmethod
    def of(cls, file: Path, engine: str, facts: Facts, now: datetime) -> Manifest:
        """Return the manifest of a backup file of which `facts` are true."""
        size, digest = digest_of(file)
        meta = facts.meta
        return cls(
            engine=engine,
            size=size,
            sha256=digest,
            server_guid=meta["server_guid"],
            epoch=int(meta["epoch"]),
            seq=facts.seq,
            chain_hash=facts.hash,
            schema=facts.revision or "",
            made_at=to_text(now),
            program=__version__,
        )

    def write(self, beside: Path) -> None:
        """Write it beside a backup, 0600, forced to the disk."""
        path = path_beside(beside)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())


def path_beside(backup: Path) -> Path:
    """Return where the manifest of a backup is."""
    return backup.with_name(backup.name + SUFFIX)


def read(backup: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises NotFoundError where there is none, IntegrityError where it is no manifest.
    """
    path = path_beside(backup)
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        found = Manifest(**loaded)
        from_text(found.made_at)
    except FileNotFoundError:
        raise errors.NotFoundError(
            f"{backup} has no manifest ({path.name})",
            why="without it nobody can tell whether the file is whole, or of which database it is",
            hint="put the manifest beside it; itmsctl db backup writes both",
        ) from None
    except (OSError, ValueError, TypeError, errors.InputError) as error:
        raise errors.IntegrityError(f"{path} is not the manifest of a backup", why=str(error)) from error
    if found.format != _FORMAT:
        raise errors.IntegrityError(f"{path} has format {found.format}; this program knows {_FORMAT}")
    return found


def verify(backup: Path) -> Manifest:
    """Return the manifest of a backup whose bytes are what it says.

    Raises NotFoundError, IntegrityError, StorageError.
    """
    if not backup.exists():
        raise errors.NotFoundError(f"there is no file {backup}", hint="itmsctl db status lists the backups")
    manifest = read(backup)
    size, digest = digest_of(backup)
    if (size, digest) != (manifest.size, manifest.sha256):
        raise errors.IntegrityError(
            f"{backup} is not the file that its manifest describes: nothing was restored",
            why=f"{size} bytes with SHA-256 {digest}, expected {manifest.size} with {manifest.sha256}",
            hint="take another copy of it, or an older backup",
        )
    return manifest


def digest_of(path: Path) -> tuple[int, str]:
    """Return the size and the SHA-256 of a file. Raises StorageError."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), digest
    except OSError as error:
        raise errors.StorageError(f"{path} cannot be read", why=str(error)) from error


def known_in(folder: Path, server_guid: str | None = None) -> list[tuple[Path, Manifest]]:
    """Return the backups of a folder, newest first; of one database where its GUID is given."""
    found: list[tuple[Path, Manifest]] = []
    for path in folder.glob("*" + SUFFIX) if folder.is_dir() else ():
        backup = path.with_name(path.name.removesuffix(SUFFIX))
        try:
            manifest = read(backup)
        except errors.ItmsError:
            continue
        if backup.exists() and server_guid in {None, manifest.server_guid}:
            found.append((backup, manifest))
    return sorted(found, key=lambda pair: (pair[1].made_at, pair[1].seq), reverse=True)
