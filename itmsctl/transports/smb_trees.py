"""Folders with all that is in them onto a share: made beside their place, then renamed; and looked at by their digest.

Shares keep no modes as POSIX has them, and links mean another thing there: a tree with a link in it is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator

from itmsctl.errors import InputError, TransferError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.entries import Tree, TreeEntry
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.smb_errors import IfThere, transfer_failed
from itmsctl.transports.smb_paths import SharePath, mark
from itmsctl.transports.smb_put import digest_of
from itmsctl.transports.smb_share import MAX_ENTRIES, ShareEntry, SmbShare
from itmsctl.transports.trees import open_entry

_NEW, _OLD = ".new", ".old"


def check_tree(tree: Tree, path: SharePath) -> None:
    """Refuse a tree that would not be the same on a share. Raises InputError."""
    seen: dict[str, str] = {}
    for entry in tree.entries:
        if entry.link is not None:
            raise InputError(
                f"{shown(entry.path)} in {tree.root} is a link; over SMB none is copied", hint="copy what it leads to"
            )
        path.below(entry.path)
        other = seen.setdefault(entry.path.casefold(), entry.path)
        if other != entry.path:
            why = "names on Windows differ by more than their case"
            raise InputError(f"{shown(other)} and {shown(entry.path)} in {tree.root} are one name there", why=why)


def put_smb_tree(share: SmbShare, endpoint: Endpoint, tree: Tree, path: SharePath, shown_path: str) -> int:
    """Put a tree in the place of the folder at `path`; return the bytes that were sent.

    Raises TransferError: the folder is then the old one or the new one. InputError where the tree cannot be there.
    """
    if not path.names:
        raise InputError(f"`{shown(shown_path)}` is a share, not a folder in it")
    check_tree(tree, path)
    beside = path.beside(mark(path) + secrets.token_hex(8))
    new, old = path.beside(beside.names[-1] + _NEW), path.beside(beside.names[-1] + _OLD)
    with translated(transfer_failed(endpoint, shown_path, "written")):
        _heal(share, path)
        try:
            sent = _make(share, tree, new)
            _swap(share, path, new, old)
        except Exception:
            with contextlib.suppress(Exception):
                remove_tree(share, new)
            raise
        with contextlib.suppress(Exception):
            remove_tree(share, old)
    return sent


def _make(share: SmbShare, tree: Tree, new: SharePath) -> int:
    sent = 0
    for entry in tree.entries:
        place = new.below(entry.path).inside
        if entry.is_folder:
            share.make_folder(place)
            continue
        with open_entry(tree.root, entry) as file, share.alone(place, again=False) as handle:
            sent += share.write(handle, _parts_of(file.read, entry))
            handle.flush()
    return sent


def _parts_of(read: object, entry: TreeEntry) -> Iterator[tuple[int, bytes]]:
    assert callable(read)
    offset = 0
    while offset < entry.size:
        data = read(min(1024 * 1024, entry.size - offset))
        if not data:
            break
        yield offset, data
        offset += len(data)
    if offset != entry.size or read(1):
        raise InputError(f"{shown(entry.path)} changed while it was being sent")


def _swap(share: SmbShare, path: SharePath, new: SharePath, old: SharePath) -> None:
    """Put the new folder into its place; where that fails, the old one goes back."""
    had = False
    with IfThere():
        share.move_folder(path.inside, old.inside)
        had = True
    try:
        share.move_folder(new.inside, path.inside)
    except Exception:
        if had:
            with contextlib.suppress(Exception):
                share.move_folder(old.inside, path.inside)
        raise


def _heal(share: SmbShare, path: SharePath) -> None:
    """Put back an old folder whose place an earlier attempt left empty, and remove what else it left."""
    left = [e for e in share.entries(path.folder.inside, mark(path) + "*") if e.is_folder]
    for entry in left:
        place = path.beside(entry.name)
        if entry.name.endswith(_OLD):
            with contextlib.suppress(Exception):
                share.move_folder(place.inside, path.inside)  # only where nothing has its name
                continue
        if entry.name.endswith((_OLD, _NEW)) and not entry.is_link:
            with contextlib.suppress(Exception):
                remove_tree(share, place)


def remove_tree(share: SmbShare, path: SharePath) -> None:
    """Remove a folder with all in it; links go, what they lead to stays. Raises what the library does."""
    for entry in list(bounded(share, path)):
        place = SharePath(path.share, (*path.names, entry.name))
        if entry.is_folder and not entry.is_link:
            remove_tree(share, place)
        else:
            share.remove(place.inside, folder=entry.is_folder)
    share.remove(path.inside, folder=True)


def bounded(share: SmbShare, path: SharePath) -> Iterator[ShareEntry]:
    """Yield what a folder holds. Raises TransferError for one without end."""
    for count, entry in enumerate(share.entries(path.inside)):
        if count >= MAX_ENTRIES or time.monotonic() > share.connection.deadline:
            raise TransferError(f"{shown(path.inside)} lists without end")
        if "\\" in entry.name or "/" in entry.name or "\0" in entry.name:
            raise TransferError("the server gave a name that no file can have", why=shown(entry.name))
        yield entry


def tree_digest(share: SmbShare, path: SharePath) -> str | None:
    """Return the digest that `trees.digest` gives an equal tree without its modes; None for one with a link in it."""
    lines: list[bytes] = [b"d ."]
    todo = [("", path)]
    while todo:
        inside, folder = todo.pop()
        for entry in bounded(share, folder):
            place = f"{inside}{entry.name}"
            if entry.is_link or len(lines) > 2 * MAX_ENTRIES:
                return None
            below = SharePath(folder.share, (*folder.names, entry.name))
            raw = f"./{place}".encode("utf-8", "surrogatepass")
            if entry.is_folder:
                lines.append(b"d " + raw)
                todo.append((f"{place}/", below))
            else:
                lines.append(b"f " + raw)
                lines.append(digest_of(share, below).encode() + b"  " + raw)
    return hashlib.sha256(b"".join(line + b"\n" for line in sorted(lines))).hexdigest()
