"""Files of an inbox, or named one by one: opened without following links, hashed, and put aside where they are bad.

Whoever fills a folder may do so while it is read, or lay links and pipes in it. Everything is done relative to the
opened folder; a file is never opened by a name that came from elsewhere.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self, cast

from itmsctl.documents.faults import writing
from itmsctl.errors import FileFormatError, InputError, NotFoundError
from itmsctl.inventory.inbox import (
    ASKED_AGAIN,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_FILES,
    QUARANTINE,
    REASON,
    AskedAgain,
    is_meant,
    kept_name,
)
from itmsctl.values.untrusted import log_text

_CHUNK = 1 << 20
_HEAD = 1 << 16
_MOST_ASKED = 1000
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}  # fmt: skip


@dataclass
class InboxFile:
    """One file: where it is, and what it is once it was opened."""

    name: str
    folder: Folder | None = None  # the inbox that it lies in; none for one that was named
    stream: BinaryIO | None = None
    digest: str = ""
    size: int = 0
    modified_ns: int = 0

    @property
    def place(self) -> str:
        """Return where it is, as the system names it: bytes that are no UTF-8 are in it as they came."""
        return self.name if self.folder is None else str(self.folder.path / self.name)

    @property
    def shown(self) -> str:
        """Return where it is, as a text that can be stored."""
        return os.fsencode(self.place).decode("utf-8", "backslashreplace")

    def open(self) -> bool:
        """Open it and take its SHA-256; return False where it is gone. Raises FileFormatError."""
        if self.stream is None:
            try:
                self.stream = self._opened()
            except FileNotFoundError:
                return False
            except OSError as error:
                if error.errno == errno.ELOOP:
                    raise FileFormatError("a link, not a plain file") from error
                raise FileFormatError(f"it cannot be read: {error.strerror}") from error
        seen = os.fstat(self.stream.fileno())
        self.size, self.modified_ns = seen.st_size, seen.st_mtime_ns
        if not stat.S_ISREG(seen.st_mode):
            raise FileFormatError(f"{_KINDS.get(stat.S_IFMT(seen.st_mode), 'something')}, not a plain file")
        if self.size > MAX_BYTES:
            raise FileFormatError(f"{self.size >> 20} MiB; {MAX_BYTES >> 20} MiB are allowed")
        self.digest = self._hash()
        return True

    def _opened(self) -> BinaryIO:
        if self.folder is None:
            return os.fdopen(os.open(self.name, os.O_RDONLY | os.O_CLOEXEC), "rb")
        with self.folder.parent_of(self.name) as (parent, name):
            return os.fdopen(os.open(name, _OPEN, dir_fd=parent), "rb")

    def _hash(self) -> str:
        assert self.stream is not None
        digest, count = hashlib.sha256(), 0
        self.stream.seek(0)
        try:
            while chunk := self.stream.read(_CHUNK):
                digest.update(chunk)
                count += len(chunk)
                if count > MAX_BYTES:
                    raise FileFormatError(f"more than {MAX_BYTES >> 20} MiB")
        except OSError as error:
            raise FileFormatError(f"it cannot be read: {error.strerror}") from error
        self.stream.seek(0)
        self.size = count
        return digest.hexdigest()

    def has_changed(self) -> bool:
        """Return whether it was written to since it was opened."""
        if self.stream is None:
            return False
        seen = os.fstat(self.stream.fileno())
        return (seen.st_size, seen.st_mtime_ns) != (self.size, self.modified_ns)

    def head(self) -> bytes:
        """Return its first bytes."""
        assert self.stream is not None
        data = self.stream.read(_HEAD)
        self.stream.seek(0)
        return data

    def ends(self, limit: int) -> tuple[bytes, bool]:
        """Return the bytes of it, or of a long one the first and last, and whether these are all."""
        assert self.stream is not None
        self.stream.seek(0)
        if self.size <= limit:
            return self.stream.read(limit), True
        head = self.stream.read(4096)
        self.stream.seek(-4096, os.SEEK_END)
        return head + self.stream.read(4096), False

    def close(self) -> None:
        """Release it."""
        if self.stream is not None:
            with suppress(OSError):
                self.stream.close()
            self.stream = None

    def put_aside(self, reason: dict[str, object]) -> str:
        """Move it into the quarantine of its inbox, with its reason; return where it is, empty where it is gone.

        Raises StorageError where the folder cannot be written.
        """
        assert self.folder is not None
        return self.folder.put_aside(self, reason)

    def remove(self) -> None:
        """Take it out of its inbox."""
        assert self.folder is not None
        with writing(self.shown), suppress(FileNotFoundError), self.folder.parent_of(self.name) as (parent, name):
            _check_is_meant_to_change(parent)
            os.unlink(name, dir_fd=parent)


@dataclass
class Folder:
    """An inbox, held open. Use it in a `with` block."""

    path: Path
    handle: int = -1
    _quarantine: int = field(default=-1, repr=False)

    def __enter__(self) -> Self:
        try:
            self.handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise NotFoundError(f"there is no folder {log_text(str(self.path))}") from None
        except OSError as error:
            raise InputError(f"{log_text(str(self.path))} cannot be read", why=error.strerror or "") from error
        return self

    def __exit__(self, *_: object) -> None:
        for handle in (self._quarantine, self.handle):
            if handle >= 0:
                os.close(handle)

    def files(self) -> Iterator[InboxFile]:
        """Yield what lies in it and in folders in it, the oldest first; unfinished files are passed over.

        Raises InputError where it holds more files than one run can take.
        """
        found: list[tuple[int, str]] = []
        for at, name in self._walk(self.handle, "", MAX_DEPTH):
            found.append((at, name))
            if len(found) > MAX_FILES:
                raise InputError(
                    f"{log_text(str(self.path))} holds more than {MAX_FILES} files", hint="load it in parts"
                )
        for _, name in sorted(found):
            yield InboxFile(name, self)

    def _walk(self, handle: int, before: str, depth: int) -> Iterator[tuple[int, str]]:
        folders = []
        with os.scandir(handle) as entries:
            for entry in entries:
                if not is_meant(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                    continue
                with suppress(OSError):  # gone meanwhile
                    yield entry.stat(follow_symlinks=False).st_mtime_ns, before + entry.name
        for name in sorted(folders) if depth else ():
            if before or name != QUARANTINE:
                with suppress(OSError), _folder_in(handle, name) as inner:
                    yield from self._walk(inner, f"{before}{name}/", depth - 1)

    @contextmanager
    def parent_of(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield the folder in which a file lies, opened, and its name there; no link is followed on the way."""
        *folders, last = name.split("/")
        with ExitStack() as held:
            handle = self.handle
            for folder in folders:
                handle = held.enter_context(_folder_in(handle, folder))
            yield handle, last

    def put_aside(self, file: InboxFile, reason: dict[str, object]) -> str:
        """Move a file into the quarantine: first the reason, then the file, so that none stands there unexplained."""
        digest = file.digest or hashlib.sha256(os.fsencode(f"{file.name}\0{file.modified_ns}\0{file.size}")).hexdigest()
        kept = kept_name(file.name, digest)
        place = self.path / QUARANTINE / kept
        with writing(str(place)):
            with suppress(FileNotFoundError), self.parent_of(file.name) as (parent, _):
                _check_is_meant_to_change(parent)
            quarantine = self._opened_quarantine()
            text = json.dumps(reason, ensure_ascii=True, indent=1) + "\n"
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(kept + REASON, flags, 0o600, dir_fd=quarantine), "w", encoding="ascii") as stream:
                stream.write(text)
            try:
                with self.parent_of(file.name) as (parent, name):
                    os.rename(name, kept, src_dir_fd=parent, dst_dir_fd=quarantine)
            except FileNotFoundError:  # another loader was quicker: the reason is the same
                return ""
        return str(place)

    def ask_again(self, again: AskedAgain, of: str) -> None:
        """Leave a note for a stand-alone package of what it shall send whole, for the file with this SHA-256.

        Whoever may write into the inbox may read it: it has the names of classes alone. Raises OSError.
        """
        with suppress(FileExistsError):
            os.mkdir(ASKED_AGAIN, dir_fd=self.handle)
        with _folder_in(self.handle, ASKED_AGAIN) as notes:
            name = f"{again.package}.json"
            before: list[str] = []
            with suppress(OSError, ValueError, KeyError, TypeError), self._note(notes, name) as stream:
                before = [str(one)[:64] for one in json.loads(stream.read(_HEAD))["classes"]]
            classes = sorted({*again.classes, *before})[:_MOST_ASKED]
            text = json.dumps({"of": of, "classes": classes}) + "\n"
            part = f".{name}.{secrets.token_hex(8)}.part"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(part, flags, 0o644, dir_fd=notes), "w", encoding="ascii") as stream:
                stream.write(text)
            os.replace(part, name, src_dir_fd=notes, dst_dir_fd=notes)

    @staticmethod
    def _note(notes: int, name: str) -> BinaryIO:
        return os.fdopen(os.open(name, _OPEN, dir_fd=notes), "rb")

    def _opened_quarantine(self) -> int:
        if self._quarantine < 0:
            _check_is_meant_to_change(self.handle)
            with suppress(FileExistsError):
                os.mkdir(QUARANTINE, 0o700, dir_fd=self.handle)
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            self._quarantine = os.open(QUARANTINE, flags, dir_fd=self.handle)
        return self._quarantine


def _check_is_meant_to_change(handle: int) -> None:
    """Raise PermissionError where nobody may write into a folder: it is no inbox, though root could change it."""
    if not os.fstat(handle).st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EACCES, "the folder is read-only")


@contextmanager
def _folder_in(handle: int, name: str) -> Iterator[int]:
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
    try:
        yield inner
    finally:
        os.close(inner)


@contextmanager
def spooled(stream: BinaryIO, shown: str = "-") -> Iterator[InboxFile]:
    """Yield a file with what a pipe gives, as far as one may be long."""
    with tempfile.TemporaryFile() as spool:
        left = MAX_BYTES + 1
        while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
            spool.write(chunk)
            left -= len(chunk)
        spool.flush()
        yield InboxFile(shown, stream=cast("BinaryIO", spool))
