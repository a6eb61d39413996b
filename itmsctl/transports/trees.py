"""Folders with all that is in them: read here, sent as one tar stream, and compared by a digest of names and content.

The endpoint unpacks beside the place and then renames: a cut leaves the old tree or the new one. Names, modes and
content are kept; owners are not, and a link stays a link only where it leads to something inside.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import stat
import tarfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from itmsctl.errors import InputError
from itmsctl.transports.entering import ENTER
from itmsctl.transports.entries import Tree, TreeEntry
from itmsctl.transports.failures import shown
from itmsctl.transports.files import Spawn, absolute, budget, exchange, failed, word
from itmsctl.transports.packing import Packer
from itmsctl.transports.reader import End, Running

if TYPE_CHECKING:
    from itmsctl.transports.endpoint import Endpoint

# Programs of the endpoint write such names in another way, so a tree that has one is never compared.
_UNCOMPARED = re.compile(rb"[\n\r\\]")

_PUT_TREE = (
    ENTER
    + """
set -u
path=$2 work=.itms-$1
umask 077
fail() {
  echo "ITMS1 ${work#.itms-} FAILED 0 - - - - - $*"
  [ -n "$opened" ] && empty
  close_work
  exit 1
}
# As root nothing needs to be opened first; for others a link can only lead to what is theirs.
empty() {
  [ "$(id -u)" = 0 ] || chmod -R u+rwx . 2>/dev/null
  rm -rf -- ./tree ./end "./old.$base"
}
enter "$path"
open_work
ours=$(number .)
for kept in ../.itms-*/"old.$base"; do
  [ -d "$kept" ] && [ ! -e "../$base" ] && rename "$kept" "../$base" && rmdir -- "${kept%/*}" 2>/dev/null
done
[ -L "../$base" ] && fail "it is a link"
[ -e "../$base" ] && [ ! -d "../$base" ] && fail "it is not a folder"
n=$(tar -xpof - 2>&1) || fail "$n"
[ -f ./end ] && [ -d ./tree ] || fail "only a part of it arrived"
sync -f -- . 2>/dev/null || sync
trap "" HUP INT TERM PIPE
if [ -d "../$base" ]; then
  # Only its owner may move a folder that nobody may write to.
  [ "$(id -u)" = 0 ] || chmod u+w "../$base" 2>/dev/null
  rename "../$base" "./old.$base" || fail "the old one cannot be moved"
fi
# We stand in the tree while it is moved: its mode is then set on what we stand in, whatever has its name.
cd -P ./tree
if [ -e "../../$base" ] || ! rename ../tree "../../$base"; then
  cd -P ..
  [ -d "./old.$base" ] && [ ! -e "../$base" ] && rename "./old.$base" "../$base"
  fail "it cannot be renamed"
fi
opened=
(cd -P "../$work" && [ "$(number .)" = "$ours" ] && empty)
rmdir -- "../$work" 2>/dev/null
[ "$(number "$path")" = "$(number .)" ] || fail "it was replaced by somebody else at once"
chmod "$3" .
echo "ITMS1 $1 STORED 0 - - - - -"
exit 0
"""
)


def read_tree(folder: Path) -> Tree:
    """Return what a folder holds.

    Raises InputError for a folder that is not there or cannot be read, for a device, socket or pipe in it, and for a
    link that leads outside.
    """
    root = os.path.realpath(folder)
    if not Path(root).is_dir():
        raise InputError(f"{folder} is not a folder of this machine")
    try:
        return Tree(root, tuple(_entries(root)))
    except OSError as error:
        raise InputError(f"{error.filename or folder} cannot be read", why=error.strerror or str(error)) from None


def _entries(root: str) -> Iterator[TreeEntry]:
    def unreadable(error: OSError) -> NoReturn:
        raise error

    top = Path(root).stat()
    yield TreeEntry("", stat.S_IMODE(top.st_mode), mtime=int(top.st_mtime), is_folder=True)
    for folder, folders, files in os.walk(root, onerror=unreadable):
        folders.sort()
        inside = os.path.relpath(folder, root)
        for name in sorted([*folders, *files]):
            yield _entry(root, name if inside == "." else f"{inside}/{name}")


def _entry(root: str, path: str) -> TreeEntry:
    found = Path(root, path).lstat()
    mode, mtime = stat.S_IMODE(found.st_mode), int(found.st_mtime)
    if stat.S_ISDIR(found.st_mode):
        return TreeEntry(path, mode, mtime=mtime, is_folder=True)
    if stat.S_ISLNK(found.st_mode):
        return TreeEntry(path, 0o777, mtime=mtime, link=_inner_link(root, path))
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{shown(path)} in {root} is a device, socket or pipe: that is not copied")
    return TreeEntry(path, mode, found.st_size, mtime, stamp=(found.st_ino, found.st_mtime_ns, found.st_ctime_ns))


def _inner_link(root: str, path: str) -> str:
    full = Path(root, path)
    link = os.readlink(full)  # noqa: PTH115 - the very text: a Path would tidy it up
    end = os.path.realpath(full)
    if link.startswith("/") or not (end == root or end.startswith(root + os.sep)):
        raise InputError(
            f"{shown(path)} in {root} is a link that leads outside",
            why=f"it points to {shown(link)}",
            hint="only relative links to something inside are copied",
        )
    return link


# --- comparing --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def digest(tree: Tree, *, modes: bool = True) -> str | None:
    """Return the digest that `look` answers for an equal tree; None where some name is not comparable.

    A transport that keeps no modes answers that of a tree without them.
    """
    lines = []
    for entry in tree.entries:
        path = os.fsencode(f"./{entry.path}" if entry.path else ".")
        if _UNCOMPARED.search(path) or (entry.link is not None and _UNCOMPARED.search(os.fsencode(entry.link))):
            return None
        if entry.link is not None:
            lines.append(b"l %s %s" % (path, os.fsencode(entry.link)))
            continue
        kind = b"d" if entry.is_folder else b"f"
        lines.append(b"%s %o %s" % (kind, entry.mode, path) if modes else b"%s %s" % (kind, path))
        if not entry.is_folder:
            with open_entry(tree.root, entry) as file:
                lines.append(b"%s  %s" % (hashlib.file_digest(file, "sha256").hexdigest().encode(), path))
    return hashlib.sha256(b"".join(line + b"\n" for line in sorted(lines))).hexdigest()


def open_entry(root: str, entry: TreeEntry) -> io.BufferedReader:
    """Open a file of a tree: never a link or a device that took its place. Raises InputError."""
    full = Path(root, entry.path)
    try:
        handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{full} cannot be read", why=error.strerror or str(error)) from None
    file = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError(f"{full} is no longer a file")
    return file


# --- sending ----------------------------------------------------------------------------------------------------------


class _TarSink:
    """Hands a stream of blocks to a program, as long as it reads."""

    def __init__(self, running: Running, deadline: float) -> None:
        self.running = running
        self.deadline = deadline
        self.sent = 0

    def write(self, data: bytes) -> int:
        """Send a block."""
        if time.monotonic() >= self.deadline or self.running.exit_status() is not None or not self.running.is_alive():
            raise _EndedError
        self.running.send(data, self.deadline)
        self.sent += len(data)
        return len(data)


class _EndedError(Exception):
    """The program no longer reads: what it came to is told by its reply."""


def put_tree(spawn: Spawn, endpoint: Endpoint, tree: Tree, path: str) -> int:
    """Put a tree in the place of the folder at `path`; return the bytes that were sent.

    Raises TransferError: the folder is then the old one or the new one. InputError where a file changed meanwhile.
    """
    token = secrets.token_hex(16)
    deadline = budget(tree.size_bytes)
    mode = tree.entries[0].mode
    words = (token, absolute(path), f"{mode:o}")
    sent = 0

    def send(running: Running) -> None:
        nonlocal sent
        sink = _TarSink(running, deadline)
        try:
            _send(tree, sink)
        except _EndedError:
            return
        finally:
            sent = sink.sent

    out, _, end, status = exchange(spawn, _PUT_TREE, words, send, deadline, 4096)
    if end is not End.EXITED or status != 0 or not word(out).startswith("STORED"):
        raise failed("written", endpoint, path, out, end)
    return sent


def _send(tree: Tree, sink: _TarSink) -> None:
    packer = Packer(sink)
    for entry in tree.entries:
        info = tarfile.TarInfo(f"tree/{entry.path}" if entry.path else "tree")
        info.mode, info.mtime = entry.mode, entry.mtime
        if entry.is_folder:
            info.type = tarfile.DIRTYPE
            info.mode |= 0o700 if not entry.path else 0
            packer.add(info)
        elif entry.link is not None:
            info.type, info.linkname = tarfile.SYMTYPE, entry.link
            packer.add(info)
        else:
            info.size = entry.size
            with open_entry(tree.root, entry) as file:
                packer.add_file(info, file)
    # The last member proves that all came: an archive that was cut between two of them looks whole to tar.
    packer.add(tarfile.TarInfo("end"))
    packer.end()
