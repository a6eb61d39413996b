"""Files of one share, a request at a time or several under way: opened, read, written, listed, renamed, removed."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smbprotocol.exceptions import NoMoreFiles, SMBResponseException
from smbprotocol.file_info import (
    FileAttributes,
    FileDispositionInformation,
    FileEndOfFileInformation,
    FileInformationClass,
    FileRenameInformation,
)
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    DirectoryAccessMask,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    QueryDirectoryFlags,
    ShareAccess,
    SMB2SetInfoRequest,
    SMB2SetInfoResponse,
)
from smbprotocol.tree import TreeConnect

from itmsctl.transports.smb_library import SmbConnection, status_of

UNIT = 65_536  # one credit pays for so many bytes
CHUNK = 1024 * 1024
UNDER_WAY = 4
MAX_ENTRIES = 100_000
_ACCESS = FilePipePrinterAccessMask
_ALL = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
_REPARSE = FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT


@dataclass(frozen=True, slots=True)
class ShareEntry:
    """What a folder of a share holds; the name is as the server gave it."""

    name: str
    size: int
    is_folder: bool
    is_link: bool
    written: float = 0.0  # seconds since 1970, by the clock there


class SmbShare:
    """A share that is connected."""

    def __init__(self, connection: SmbConnection, session: Any, server: str, name: str) -> None:
        self.connection = connection
        self._tree = TreeConnect(session, f"\\\\{server}\\{name}")
        self._tree.connect()

    def _open(self, path: str, access: int, how: int, options: int, *, attributes: int = 0, shared: int = _ALL) -> Any:
        made = Open(self._tree, path)
        made.create(
            ImpersonationLevel.Impersonation, access, attributes, shared, how,
            options | CreateOptions.FILE_OPEN_REPARSE_POINT if access & _ACCESS.DELETE else options,
        )  # fmt: skip
        return made

    def opened(self, path: str, access: int, how: int) -> Any:
        """Open what is no file of the share, such as a pipe."""
        return self._open(path, access, how, 0)

    @contextlib.contextmanager
    def reading(self, path: str) -> Iterator[Any]:
        """Open a file to read it; others may go on using it."""
        access = _ACCESS.FILE_READ_DATA | _ACCESS.FILE_READ_ATTRIBUTES
        handle = self._open(path, access, CreateDisposition.FILE_OPEN, CreateOptions.FILE_NON_DIRECTORY_FILE)
        with _closing(handle):
            yield handle

    @contextlib.contextmanager
    def alone(self, path: str, *, again: bool) -> Iterator[Any]:
        """Open a file to write it, that nobody else has open: a new one, or `again` one that is there."""
        access = (
            _ACCESS.FILE_READ_DATA | _ACCESS.FILE_WRITE_DATA | _ACCESS.FILE_READ_ATTRIBUTES | _ACCESS.DELETE
            | _ACCESS.FILE_WRITE_ATTRIBUTES | _ACCESS.SYNCHRONIZE
        )  # fmt: skip
        how = CreateDisposition.FILE_OPEN_IF if again else CreateDisposition.FILE_CREATE
        options = CreateOptions.FILE_NON_DIRECTORY_FILE
        handle = self._open(path, access, how, options, attributes=FileAttributes.FILE_ATTRIBUTE_NORMAL, shared=0)
        with _closing(handle):
            yield handle

    def make_folder(self, path: str, *, again: bool = False) -> None:
        """Make a folder that is not there; `again` takes one that is."""
        how = CreateDisposition.FILE_OPEN_IF if again else CreateDisposition.FILE_CREATE
        handle = self._open(
            path, DirectoryAccessMask.FILE_READ_ATTRIBUTES, how,
            CreateOptions.FILE_DIRECTORY_FILE, attributes=FileAttributes.FILE_ATTRIBUTE_DIRECTORY,
        )  # fmt: skip
        handle.close()

    def make_folders(self, names: Sequence[str], begin: int = 1) -> None:
        """Make the folders of a path that are not there, one in the other; the first `begin` - 1 are."""
        for count in range(begin, len(names) + 1):
            self.make_folder("\\".join(names[:count]), again=True)

    def entries(self, path: str, pattern: str = "*") -> Iterator[ShareEntry]:
        """Yield what stands in a folder, in the order of the server."""
        access = DirectoryAccessMask.FILE_LIST_DIRECTORY | DirectoryAccessMask.FILE_READ_ATTRIBUTES
        handle = self._open(path, access, CreateDisposition.FILE_OPEN, CreateOptions.FILE_DIRECTORY_FILE)
        with _closing(handle):
            flags = QueryDirectoryFlags.SMB2_RESTART_SCANS
            while True:
                try:
                    found = handle.query_directory(pattern, FileInformationClass.FILE_DIRECTORY_INFORMATION, flags)
                except SMBResponseException as error:
                    if isinstance(error, NoMoreFiles) or status_of(error) == 0xC000000F:  # NO_SUCH_FILE
                        return
                    raise
                yield from filter(None, map(_entry, found))
                flags = 0

    def rename(self, handle: Any, path: str, *, over: bool) -> None:
        """Give what is open another name in its share, `over` what has that name."""
        info = FileRenameInformation()
        info["replace_if_exists"] = over
        info["file_name"] = path
        self._set(handle, info)

    def resize(self, handle: Any, size: int) -> None:
        """Set the length of an open file."""
        info = FileEndOfFileInformation()
        info["end_of_file"] = size
        self._set(handle, info)

    def removable(self, path: str, *, folder: bool) -> Any:
        """Open what is to be renamed or removed: itself, never what it links to."""
        kind = CreateOptions.FILE_DIRECTORY_FILE if folder else CreateOptions.FILE_NON_DIRECTORY_FILE
        access = _ACCESS.DELETE | _ACCESS.FILE_READ_ATTRIBUTES | _ACCESS.SYNCHRONIZE
        return self._open(path, access, CreateDisposition.FILE_OPEN, kind)

    def move_folder(self, path: str, to: str) -> None:
        """Rename a folder to a name that nothing has."""
        with _closing(self.removable(path, folder=True)) as handle:
            self.rename(handle, to, over=False)

    def remove(self, path: str, *, folder: bool) -> None:
        """Remove a file, or an empty folder."""
        with _closing(self.removable(path, folder=folder)) as handle:
            info = FileDispositionInformation()
            info["delete_pending"] = True
            self._set(handle, info)

    def discard(self, handle: Any) -> None:
        """Have an open file removed when it is closed; where that fails it stays."""
        info = FileDispositionInformation()
        info["delete_pending"] = True
        with contextlib.suppress(Exception):
            self._set(handle, info)

    def _set(self, handle: Any, info: Any) -> None:
        request = SMB2SetInfoRequest()
        request["info_type"] = info.INFO_TYPE
        request["file_info_class"] = info.INFO_CLASS
        request["file_id"] = handle.file_id
        request["buffer"] = info
        answer = self.connection.receive(self._send(request))
        SMB2SetInfoResponse().unpack(answer["data"].get_value())

    def _send(self, message: Any) -> Any:
        return self.connection.send(message, sid=self._tree.session.session_id, tid=self._tree.tree_connect_id)

    # --- bytes --------------------------------------------------------------------------------------------------------

    def read(self, handle: Any, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of an open file between two offsets, several requests under way."""
        chunk = min(CHUNK, self.connection.max_read_size)
        wanted = ((offset, min(chunk, end - offset)) for offset in range(start, end, chunk))
        for (_, length), data in self._flow(wanted, lambda at: handle.read(*at, send=False), lambda at: at[1]):
            if len(data) != length:
                raise ValueError("it was made shorter while it was read")
            yield data

    def write(self, handle: Any, parts: Iterable[tuple[int, bytes]]) -> int:
        """Write parts, each at its offset, several under way; return how many bytes were sent."""
        sent = 0
        for (_, data), written in self._flow(
            self._cut(parts), lambda part: handle.write(part[1], part[0], send=False), lambda part: len(part[1])
        ):
            if written != len(data):
                raise ValueError("it took only a part of what was sent")
            sent += written
        return sent

    def _cut(self, parts: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        chunk = min(CHUNK, self.connection.max_write_size)
        for offset, data in parts:
            for start in range(0, len(data), chunk):
                yield offset + start, data[start : start + chunk]

    def _flow(
        self, wanted: Iterable[Any], ask: Callable[[Any], tuple[Any, Any]], size: Callable[[Any], int]
    ) -> Iterator[tuple[Any, Any]]:
        """Yield what was asked for with its answer, in order, as many under way as the server gives credit for."""
        waiting: deque[tuple[Any, Any, Any]] = deque()

        def oldest() -> tuple[Any, Any]:
            one, request, take = waiting.popleft()
            return one, take(request)

        for one in wanted:
            price = -(-max(1, size(one)) // UNIT)
            while waiting and (len(waiting) >= UNDER_WAY or self.connection.credits() < price):
                yield oldest()
            message, take = ask(one)
            waiting.append((one, self._send(message), take))
        while waiting:
            yield oldest()


@contextlib.contextmanager
def _closing(handle: Any) -> Iterator[Any]:
    """Close a handle at the end; where the connection is lost there is nothing to close."""
    try:
        yield handle
    except BaseException:
        with contextlib.suppress(Exception):
            handle.close()
        raise
    handle.close()


def _entry(info: Any) -> ShareEntry | None:
    name = info["file_name"].get_value().decode("utf-16-le", "surrogatepass")
    if name in (".", ".."):
        return None
    kind = info["file_attributes"].get_value()
    folder = bool(kind & FileAttributes.FILE_ATTRIBUTE_DIRECTORY)
    written = info["last_write_time"].get_value().timestamp()
    return ShareEntry(name, int(info["end_of_file"].get_value()), folder, bool(kind & _REPARSE), written)
