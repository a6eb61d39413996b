"""Paths of shares: how a person writes them, and which names a Windows computer takes.

`/SHARE/folder/file` is the general form, as every other path of a task; `C:\\folder\\file` is the same as
`/C$/folder/file`, and `\\\\server\\share\\file` is taken where it names this computer's share only.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from itmsctl.errors import InputError
from itmsctl.transports.failures import shown

_DRIVE = re.compile(r"([A-Za-z]):[\\/](.*)", re.DOTALL)
_REFUSED = re.compile(r'[\x00-\x1f"*:<>?|\\]')
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|(COM|LPT)[0-9¹²³])(\..*)?", re.IGNORECASE)
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class SharePath:
    """A share, and the names of folders and of what is meant in it; none is the root of the share."""

    share: str
    names: tuple[str, ...]

    @property
    def inside(self) -> str:
        """Return the path within the share as SMB writes it."""
        return "\\".join(self.names)

    @property
    def folder(self) -> SharePath:
        """Return the folder in which it stands."""
        return SharePath(self.share, self.names[:-1])

    def beside(self, name: str) -> SharePath:
        """Return another name in the same folder."""
        return SharePath(self.share, (*self.names[:-1], name))

    def below(self, path: str) -> SharePath:
        """Return what has this relative path below it; empty for itself. Raises InputError."""
        return SharePath(self.share, (*self.names, *(check_name(name) for name in path.split("/") if name)))


def share_path(path: str) -> SharePath:
    """Return what a path names. Raises InputError for one that has no share, or names that Windows does not take."""
    drive = _DRIVE.fullmatch(path)
    if drive:
        path = f"/{drive[1].upper()}$/" + drive[2].replace("\\", "/")
    if not path.startswith("/") or path.startswith("//"):
        raise InputError(
            f"`{shown(path)}` is not a path of a share",
            why="over SMB the first name of an absolute path is the share",
            hint="/SHARE/folder/file, or C:\\folder\\file for the share C$",
        )
    share, *names = [name for name in path.split("/") if name] or [""]
    if not share:
        raise InputError("`/` names no share", hint="/SHARE/folder/file")
    return SharePath(check_name(share), tuple(check_name(name) for name in names))


def check_name(name: str) -> str:
    """Return a name that Windows and Samba keep as it is; raise InputError for any other."""
    why = ""
    if name in ("", ".", ".."):
        why = "it is not a name"
    elif _REFUSED.search(name):
        why = 'Windows takes no control character and none of " * : < > ? | \\ in a name'
    elif name.endswith((" ", ".")):
        why = "Windows drops a blank or a dot at the end"
    elif _DEVICE.fullmatch(name):
        why = "it is a device of Windows"
    elif not name.isprintable() and any("\ud800" <= c <= "\udfff" for c in name):
        why = "it is not valid Unicode"
    elif len(name.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST_NAME:
        why = f"it is longer than {LONGEST_NAME} characters"
    if why:
        raise InputError(f"`{shown(name)}` cannot be a name in a share", why=why)
    return name


def mark(path: SharePath) -> str:
    """Return the beginning of the names of all that is beside a path on its behalf; nobody else has it."""
    name = path.names[-1] if path.names else ""
    return f".itms-{hashlib.sha256(name.casefold().encode('utf-8', 'surrogatepass')).hexdigest()[:12]}-"
