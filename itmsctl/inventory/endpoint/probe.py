"""Reads a computer: files below a root, and tools. Every file, every tool and its output has a limit.

No shell is ever asked, no tool is given input, and tools are looked for only in the folders of the system: what a user
put into a PATH is not run.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat

from itmsctl.inventory.captured import text_of
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError

FOLDERS = (
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/snap/bin",
    "/opt/puppetlabs/bin",
)
"""Where tools are looked for."""

MOST_BYTES = 32 << 20
_MOST_FILES = 4096
_SMALL = 64 << 10
_SAID = {
    errno.EACCES: "needs root",
    errno.EPERM: "needs root",
    errno.ENOENT: "no such file",
    errno.ENOTDIR: "no such file",
    errno.EIO: "the device cannot be read",
}


class Probe:
    """Reads files below `root`, and runs tools where `root` is the computer's own."""

    def __init__(self, root: str = "/", options: dict[str, object] | None = None, tool_limit_s: float = 60.0) -> None:
        self.root = root
        self.options: dict[str, object] = options or {}
        self.tool_limit_s = tool_limit_s
        self.processes = 0
        self._kept: dict[str, str] = {}

    def place(self, path: str) -> str:
        """Return where a path of the computer stands below the root."""
        return path if self.root == "/" else os.path.join(self.root, path.lstrip("/"))

    def data(self, path: str, most: int = MOST_BYTES) -> bytes:
        """Return what a file holds, at most so many bytes. Raises UnreadError; a device or a pipe is never opened."""
        where = self.place(path)
        try:
            handle = os.open(where, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            raise _why(error, path) from None
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise AbsentError(f"not a file: {path}")
            parts = []
            left = most
            while left > 0:
                part = os.read(handle, min(left, 1 << 20))
                if not part:
                    break
                parts.append(part)
                left -= len(part)
        except OSError as error:
            raise _why(error, path) from None
        finally:
            os.close(handle)
        return b"".join(parts)

    def text(self, path: str, most: int = MOST_BYTES) -> str:
        """Return a file as text; one that is asked for twice is read once. Raises UnreadError."""
        if path not in self._kept:
            self._kept[path] = text_of(self.data(path, most))
        return self._kept[path]

    def line(self, path: str) -> str:
        """Return a small file as text without blanks around it; empty where it cannot be read."""
        try:
            data = self.data(path, _SMALL)
        except UnreadError:
            return ""
        return data.decode("utf-8", "replace").strip("\0 \t\r\n")

    def has(self, path: str) -> bool:
        """Return whether there is such a path."""
        return os.path.lexists(self.place(path))

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder in the order of their letters; none where it cannot be read."""
        try:
            return sorted(os.listdir(self.place(folder)))
        except OSError:
            return []

    def files(self, pattern: str) -> list[str]:
        """Return paths that fit a pattern, whose `*` stands within one name."""
        found = [""]
        for part in pattern.strip("/").split("/"):
            if "*" not in part and "[" not in part:
                found = [one + "/" + part for one in found]
            else:
                fits = re.compile(fnmatch.translate(part)).match
                found = [
                    one + "/" + name
                    for one in found
                    for name in self.names(one or "/")
                    if fits(name) and not (name.startswith(".") and not part.startswith("."))
                ][:_MOST_FILES]
        return [one for one in found if self.has(one)]

    def link(self, path: str) -> str:
        """Return what a symbolic link points to; empty for what is none."""
        try:
            return os.readlink(self.place(path))
        except OSError:
            return ""

    def status(self, path: str) -> os.stat_result | None:
        """Return what the file system tells of a path, through links; None where there is none."""
        try:
            return os.stat(self.place(path))
        except OSError:
            return None

    def tool(self, name: str) -> str:
        """Return where a tool is. Raises AbsentError."""
        for folder in FOLDERS:
            path = f"{folder}/{name}"
            if self.root == "/" and os.access(path, os.X_OK):
                return path
        raise AbsentError(f"no such command: {name}")

    def run(self, *words: str, codes: tuple[int, ...] = (0,), with_errors: bool = False) -> str:
        """Return what a tool prints, with what it complains of where that is asked for.

        Raises UnreadError: no such tool, needs root, time limit, too much output.
        """
        from itmsctl.inventory.endpoint.tools import printed

        path = self.tool(words[0])
        self.processes += 1
        return printed([path, *words[1:]], self.tool_limit_s, codes, with_errors)

    def script(self, text: str, limit_s: float, most: int) -> str:
        """Return what a script for `sh` of the administrator prints. Raises UnreadError, also for one that fails."""
        from itmsctl.inventory.endpoint.tools import printed

        if self.root != "/":
            raise AbsentError("no such command: sh")
        self.processes += 1
        return printed(["/bin/sh", "-c", text], limit_s, (0,), most=most, is_strict=True)


def _why(error: OSError, path: str) -> UnreadError:
    said = _SAID.get(error.errno or 0, os.strerror(error.errno or 0))
    return (AbsentError if error.errno in (errno.ENOENT, errno.ENOTDIR) else UnreadError)(f"{said}: {path}")
