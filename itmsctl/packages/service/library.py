"""The library: the files of packages on disk, each under its digest (SW-3).

    objects/ab/ab12...   the bytes whose SHA-256 that is
    manifests/ab12....json
    incoming/ab12...     what came so far of a content of another server
    cmdb                 the GUID of the server whose packages they are

What stands there is whole: it was written under another name, synced and renamed. It is never changed. Who adds holds a
lock with others who add, until what refers to it is stored; who sweeps holds it alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from itmsctl.cmdb.work import Reader
from itmsctl.documents.faults import reading, writing
from itmsctl.documents.files import sync_folder
from itmsctl.documents.locks import locked
from itmsctl.errors import BusyError, ConflictError, PackageHashError, PackageObjectMissingError
from itmsctl.packages.manifest import LARGEST, PIECE, PackageManifest, parse
from itmsctl.values.untrusted import shell_arg

_CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SUFFIX = ".json"
_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that the library holds; `pieces` are the digests of each PIECE, none where there is one piece only."""

    size: int
    sha256: str
    pieces: tuple[str, ...]


class Library:
    """The library in a folder, for the packages of one CMDB."""

    def __init__(self, root: Path, server_guid: str = "") -> None:
        self.root = root
        self._server_guid = server_guid

    # --- reading ----------------------------------------------------------------------------------------------------

    def path(self, sha256: str) -> Path:
        """Return where the bytes of a digest stand, or would stand."""
        return self.root / "objects" / _digest(sha256)[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Return whether the bytes of a digest are there."""
        return self.path(sha256).is_file()

    def check(self, sha256: str) -> int:
        """Read the bytes of a digest, and return how many they are.

        Raises PackageHashError where they are others, PackageObjectMissingError.
        """
        found, size = hashlib.sha256(), 0
        with self._opened(self.path(sha256), sha256) as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
                size += len(chunk)
        if found.hexdigest() != sha256:
            raise _damaged(self.path(sha256), sha256, found.hexdigest())
        return size

    def manifest(self, digest: str) -> PackageManifest:
        """Return the manifest of a digest.

        Raises PackageHashError where it is another, PackageObjectMissingError.
        """
        path = self.manifest_path(digest)
        with self._opened(path, digest) as file:
            data = file.read(LARGEST + 1)
        found = hashlib.sha256(data).hexdigest()
        if found != digest:
            raise _damaged(path, digest, found)
        return parse(data)

    def manifest_path(self, digest: str) -> Path:
        """Return where a manifest stands, or would stand."""
        return self.root / "manifests" / (_digest(digest) + _SUFFIX)

    def has_manifest(self, digest: str) -> bool:
        """Return whether the manifest of a digest is there."""
        return self.manifest_path(digest).is_file()

    def objects(self) -> Iterator[Path]:
        """Yield every file that holds bytes of packages."""
        yield from (path for path in sorted((self.root / "objects").glob("??/*")) if _DIGEST.fullmatch(path.name))

    def written(self) -> Iterator[Path]:
        """Yield every manifest, and what stands beside one under its name: its signature."""
        for path in sorted((self.root / "manifests").glob(f"*{_SUFFIX}*")):
            if _DIGEST.fullmatch(path.name.partition(".")[0]):
                yield path

    def incoming(self, digest: str) -> Path:
        """Return the folder of what came so far of the content of a digest, from another server."""
        return self.root / "incoming" / _digest(digest)

    def unfinished(self) -> list[Path]:
        """Return the files that somebody began to add and did not end."""
        return [path for folder in ("objects", "manifests") for path in (self.root / folder).glob(f"{_NEW}*")]

    # --- writing ----------------------------------------------------------------------------------------------------

    @contextmanager
    def adding(self) -> Iterator[Library]:
        """Yield the library for additions; nothing is swept until the block ends.

        Raises ConflictError where it is another CMDB's, StorageError.
        """
        with self._locked(fcntl.LOCK_SH):
            yield self

    @contextmanager
    def sweeping(self) -> Iterator[Library]:
        """Yield the library for removals: nobody adds meanwhile. Raises BusyError, ConflictError, StorageError."""
        hint = "the same command passes when that is done"
        with self._locked(fcntl.LOCK_EX, busy=BusyError(f"somebody adds to the library {self.root}", hint=hint)):
            yield self

    def add(self, path: Path) -> StoredFile:
        """Take the bytes of a file in. Raises FileFormatError where it cannot be read, StorageError."""
        with reading(str(path)):
            file = path.open("rb")
        with file:
            return self.add_stream(file, str(path))

    def add_stream(self, source: IO[bytes], said: str) -> StoredFile:
        """Take bytes in; `said` is what they are called in messages. Raises as `add` does."""
        folder = self.root / "objects"
        with writing(str(folder)):
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=_NEW)
            try:
                with os.fdopen(handle, "wb") as target:
                    found = _read(source, said, target.write)
                    target.flush()
                    os.fsync(target.fileno())
                self._put(Path(temporary), self.path(found.sha256))
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        return found

    def put(self, path: Path, sha256: str) -> None:
        """Move a file in whose bytes are those of the digest: it lies below the library. Raises StorageError."""
        with writing(str(self.path(sha256))):
            self._put(path, self.path(sha256))

    def add_manifest(self, manifest: PackageManifest) -> str:
        """Take a manifest in, and return its digest. Raises StorageError."""
        path = self.manifest_path(manifest.digest)
        if not path.is_file() or path.read_bytes() != manifest.canonical():
            with writing(str(path)):
                handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_NEW)
                try:
                    with os.fdopen(handle, "wb") as target:
                        target.write(manifest.canonical())
                        target.flush()
                        os.fsync(target.fileno())
                    self._put(Path(temporary), path)
                except BaseException:
                    Path(temporary).unlink(missing_ok=True)
                    raise
        return manifest.digest

    # --- inside -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _put(temporary: Path, path: Path) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        temporary.rename(path)  # one that is there has the same bytes, or is damaged
        sync_folder(path.parent)

    @contextmanager
    def _opened(self, path: Path, sha256: str) -> Iterator[IO[bytes]]:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise PackageObjectMissingError(
                f"the library does not hold {sha256}", why=f"{path} is not there", hint="itmsctl package import FILE"
            ) from None
        except OSError as error:
            raise PackageObjectMissingError(f"{path} cannot be read", why=error.strerror or str(error)) from error
        with file, reading(str(path)):
            yield file

    @contextmanager
    def _locked(self, how: int, *, busy: BusyError | None = None) -> Iterator[None]:
        with writing(str(self.root)):
            for folder in (self.root, self.root / "objects", self.root / "manifests"):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.root / ".lock", how, busy=busy):
            self._refuse_other()
            yield

    def _refuse_other(self) -> None:
        """Refuse the library of another CMDB: it would take its files for leftovers."""
        if not self._server_guid:
            return
        path = self.root / "cmdb"
        with writing(str(path)):
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                whose = path.read_bytes()[:64].decode("ascii", "replace").strip()
            else:
                with os.fdopen(handle, "w") as file:
                    file.write(self._server_guid + "\n")
                return
        if whose not in {"", self._server_guid}:
            raise ConflictError(
                f"the library {self.root} belongs to another CMDB",
                why=f"its server is {whose}",
                hint=f"another folder: ITMSCTL_LIBRARY=...; or rm {shell_arg(str(path))}, if that CMDB is no more",
            )


def measured(path: Path) -> StoredFile:
    """Return what `add` would, and take nothing in. Raises FileFormatError where the file cannot be read."""
    with reading(str(path)), path.open("rb") as file:
        return _read(file, str(path), len)


def _read(source: IO[bytes], said: str, write: Callable[[bytes], int]) -> StoredFile:
    """Return what bytes are that are read to their end; each chunk is written too."""
    whole, piece, pieces, size = hashlib.sha256(), hashlib.sha256(), list[str](), 0
    while True:
        with reading(said):
            chunk = source.read(min(_CHUNK, PIECE - size % PIECE))
        if not chunk:
            break
        write(chunk)
        whole.update(chunk)
        piece.update(chunk)
        size += len(chunk)
        if size % PIECE == 0:
            pieces.append(piece.hexdigest())
            piece = hashlib.sha256()
    if size % PIECE:
        pieces.append(piece.hexdigest())
    return StoredFile(size, whole.hexdigest(), tuple(pieces) if size > PIECE else ())


def library_of(reader: Reader) -> Library:
    """Return the library of the CMDB that is read."""
    return Library(reader.library, reader.server_guid)


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise PackageHashError(f"`{text[:80]!a}` is not the digest of anything in the library")
    return text


def _damaged(path: Path, wanted: str, found: str) -> PackageHashError:
    return PackageHashError(
        f"{path} is damaged", why=f"want {wanted}, got {found}", hint="itmsctl package import FILE puts it back"
    )
