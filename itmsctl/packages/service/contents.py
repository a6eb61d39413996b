"""The content of a package taken into the library from package servers of another management server, or from a folder.

None of them is trusted: the manifest is the one whose digest the parent signed, and each file is what that says. What
was begun is kept in the library's folder `incoming` and gone on with; what is there whole moves in all at once, the
manifest last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from itmsctl.documents.faults import writing
from itmsctl.documents.locks import locked
from itmsctl.errors import BusyError, ItmsError, NotFoundError, PackageHashError, StorageError, TransferError
from itmsctl.packages.manifest import LARGEST, PackageFile, PackageManifest, parse
from itmsctl.packages.route import file_url
from itmsctl.packages.service.library import Library
from itmsctl.transports.web import web_file
from itmsctl.values.sizes import size_text

WEB = ("https://", "http://")
SPARE_BYTES = 64 << 20  # what stays free on the disk
_CHUNK = 1 << 20


class ContentStream(Protocol):
    """Bytes from one place."""

    start: int

    def read(self, most: int) -> bytes:
        """Return the next bytes, none at the end."""


class TimeIsUpError(Exception):
    """What may be taken in one go was: the rest is gone on with later."""


@dataclass
class ContentTaking:
    """One content and where it may be had, the first place first. `until` is a moment of time.monotonic."""

    library: Library
    digest: str
    sources: Sequence[str]
    until: float | None = None
    progress: Callable[[int], None] = lambda size: None  # noqa: ARG005 - nobody looks
    taken: int = 0  # bytes, all counted
    source: str = ""  # the place that gave something last
    left: list[str] = field(default_factory=list)  # places that gave nothing right, and why

    def take(self) -> PackageManifest:
        """Take all of it in, and return its manifest.

        Raises TransferError where no place gives all of it, PackageHashError where what they give is another content,
        TimeIsUpError, BusyError, StorageError.
        """
        with self._folder() as folder:
            manifest = self._manifest(folder)
            files = {one.sha256: one for one in manifest.files if not self.library.has(one.sha256)}
            self._refuse_full(folder, list(files.values()))
            for one in files.values():
                self._file(folder / one.sha256, one)
            with self.library.adding() as library:
                for digest in files:
                    library.put(folder / digest, digest)
                library.add_manifest(manifest)
            shutil.rmtree(folder, ignore_errors=True)
        return manifest

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        folder = self.library.incoming(self.digest)
        busy = BusyError("another process takes this package in", hint="itmsctl package list")
        with locked(folder / ".lock", busy=busy):
            yield folder

    # --- the manifest -------------------------------------------------------------------------------------------------

    def _manifest(self, folder: Path) -> PackageManifest:
        kept = folder / "manifest"
        with suppress(OSError):
            data = kept.read_bytes()
            if hashlib.sha256(data).hexdigest() == self.digest:
                return parse(data)
        for base in self.sources:
            with self._trying(base):
                found = self._manifest_from(base)
                with writing(str(kept)):
                    kept.write_bytes(found.canonical())
                return found
        raise self._nowhere("its manifest")

    def _manifest_from(self, base: str) -> PackageManifest:
        data = bytearray()
        with opened(base, f"{self.digest}.json") as stream:
            while (chunk := stream.read(_CHUNK)) and len(data) <= LARGEST:
                data += chunk
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise PackageHashError("the manifest there is another one")
        return parse(bytes(data))

    # --- files --------------------------------------------------------------------------------------------------------

    def _file(self, path: Path, file: PackageFile) -> None:
        if path.is_file() and path.stat().st_size == file.size and _is(path, file):
            return
        for base in self.sources:
            with self._trying(base):
                self._file_from(base, path, file)
                return
        raise self._nowhere(f"`{file.path}`")

    def _file_from(self, base: str, path: Path, file: PackageFile) -> None:
        begun = path.stat().st_size if path.is_file() else 0
        begun = begun if begun < file.size else 0
        with opened(base, f"{self.digest}/{file.path}", begun, file.sha256) as stream, writing(str(path)):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as target:
                target.seek(stream.start)
                target.truncate()
                self._copied(stream, target.write, file.size - stream.start)
                target.flush()
                os.fsync(target.fileno())
        if not _is(path, file):
            whole = path.stat().st_size >= file.size
            if whole:
                path.unlink()
                raise PackageHashError(f"`{file.path}` is another one there")
            raise TransferError(f"`{file.path}` ended too early", why=f"{path.stat().st_size} of {file.size} bytes")
        self.source = base

    def _copied(self, stream: ContentStream, write: Callable[[bytes], int], most: int) -> None:
        """Copy a stream to its end; not more than a byte beyond `most`, which shows that it is another file."""
        while most >= 0 and (chunk := stream.read(min(_CHUNK, most + 1))):
            write(chunk)
            most -= len(chunk)
            self.taken += len(chunk)
            self.progress(self.taken)
            if self.until is not None and time.monotonic() > self.until:
                raise TimeIsUpError

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    @contextmanager
    def _trying(self, base: str) -> Iterator[None]:
        """Note of a place that it gave nothing right; the next one is tried."""
        try:
            yield
        except StorageError:
            raise
        except ItmsError as error:
            self.left.append(f"{base}: {error.in_full}")

    def _nowhere(self, what: str) -> TransferError:
        if not self.sources:
            return TransferError(
                "no package server of the parent has it yet",
                hint="there: itmsctl package distribute NAME, then itmsctl replication run",
            )
        return TransferError(f"{what} could not be taken from anywhere", why="; ".join(self.left[-3:]))

    def _refuse_full(self, folder: Path, files: Sequence[PackageFile]) -> None:
        there = sum(path.stat().st_size for one in files if (path := folder / one.sha256).is_file())
        need, free = sum(one.size for one in files) - there, shutil.disk_usage(folder).free
        if free < need + SPARE_BYTES:
            raise StorageError(
                f"{folder} has {size_text(free)} free, and {size_text(need)} are to come", hint="free space there"
            )


@contextmanager
def opened(base: str, path: str, start: int = 0, sha256: str = "") -> Iterator[ContentStream]:
    """Yield a file below a place from a byte on: the URL of a package server, a folder as those have, or a library.

    A copy of a library has it by its digest; without one `path` is a manifest there.

    Raises NotFoundError, TransferError.
    """
    if base.startswith(WEB):
        digest, _, name = path.partition("/")
        url = file_url(base, digest, name) if name else f"{base.rstrip('/')}/{path}"
        with web_file(url, start) as stream:
            yield stream
        return
    folder = Path(base)
    if (folder / "objects").is_dir():
        path = f"objects/{sha256[:2]}/{sha256}" if sha256 else f"manifests/{path}"
    with ExitStack() as stack:
        yield _FolderFile(stack, folder / path, start)


class _FolderFile:
    """A file of a folder, read from a byte on."""

    def __init__(self, stack: ExitStack, path: Path, start: int) -> None:
        self.path, self.start = path, start
        try:
            if not path.is_file():
                raise NotFoundError(f"{path} is not there")
            self._file = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise TransferError(f"{path} cannot be read", why=error.strerror or str(error)) from None
        self._file.seek(start)

    def read(self, most: int) -> bytes:
        """Return the next bytes, none at its end. Raises TransferError."""
        try:
            return self._file.read(most)
        except OSError as error:
            raise TransferError(f"{self.path} cannot be read", why=error.strerror or str(error)) from None


def _is(path: Path, file: PackageFile) -> bool:
    with path.open("rb") as stream:
        return path.stat().st_size == file.size and hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
