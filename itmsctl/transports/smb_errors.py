"""What SMB servers say of files, as errors of a transfer."""

from __future__ import annotations

from collections.abc import Callable, Set
from types import TracebackType

from itmsctl.errors import ItmsError, NoShareError, SmbUnsignedError, TransferCutError, TransferError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown
from itmsctl.transports.smb_library import TooLateError, UnprotectedError, said, status_of

NO_SHARE = frozenset({0xC00000CC, 0xC00000C9})  # BAD_NETWORK_NAME, NETWORK_NAME_DELETED
NOT_THERE = frozenset({0xC0000034, 0xC000003A, 0xC000000F})  # OBJECT_NAME, OBJECT_PATH, NO_SUCH_FILE
LOOKED_PAST = NOT_THERE | {0xC00000BA, 0xC0000103}  # and FILE_IS_A_DIRECTORY, NOT_A_DIRECTORY
NO_RIGHT = 0xC0000022
COLLISION = 0xC0000035
SHARING = 0xC0000043
_WORDS = {
    NO_RIGHT: "the user has no right to",
    COLLISION: "something of that name is there",
    SHARING: "somebody has it open",
    0xC0000054: "somebody holds a lock on it",
    0xC0000056: "it is being deleted",
    0xC000007F: "the disk is full",
    0xC0000044: "the quota of the user is used up",
    0xC00000BA: "it is a folder",
    0xC0000103: "it is not a folder",
    0xC0000101: "the folder is not empty",
    0xC0000121: "it cannot be deleted",
    0xC0000033: "the name is not valid there",
    0xC00000A2: "the share is read-only",
    0xC0000120: "the server cancelled it",
    0xC0000203: "the server ended the session",
    0xC000035C: "the session has expired",
    0x8000002D: "it is a link that leads elsewhere",
    **dict.fromkeys(NOT_THERE, "no such file or folder"),
}


class IfThere:
    """A context that is left where the server says that what is asked for is not there, by one of these statuses."""

    def __init__(self, past: Set[int] = NOT_THERE) -> None:
        self.past = past

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        return isinstance(error, Exception) and status_of(error) in self.past


def transfer_failed(endpoint: Endpoint, path: str, done: str) -> Callable[[Exception], ItmsError]:
    """Return what turns an error of the library into ours. `done` is what could not be: `written`, `read`, `listed`."""

    def build(error: Exception) -> ItmsError:
        what = f"{shown(path)} on {shown(endpoint.name)} could not be {done}"
        status = status_of(error)
        if status in NO_SHARE:
            share = shown(path.lstrip("/").partition("/")[0])
            return NoShareError(
                f"{shown(endpoint.name)} has no share `{share}`",
                why=f"{shown(path)} could not be {done}",
                hint="the first name of a path is the share: /SHARE/folder/file",
            )
        if status:
            return TransferError(what, why=_WORDS.get(status) or said(error))
        if isinstance(error, UnprotectedError):
            return SmbUnsignedError(what, why=f"{said(error)}: somebody may be in between")
        if isinstance(error, TooLateError):
            return TransferCutError(what, why="it took too long")
        return TransferCutError(what, why=f"the connection was cut: {said(error)}")

    return build
