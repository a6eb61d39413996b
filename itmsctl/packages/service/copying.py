"""Copying a package to one server: what is missing is sent, all is read back, and only then it is made visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from itmsctl.errors import TransferCutError, TransferError
from itmsctl.packages.copies import Copied, CopyState
from itmsctl.packages.readback import ReadBack
from itmsctl.packages.replicas import PiecePlace, ReplicaSeen, bytes_of, missing, overlong, parcels, places
from itmsctl.packages.service.replica import ReadPiece, Replica
from itmsctl.values.sizes import size_text

_ROUNDS = 2  # what does not come back right is sent once more
_NAMED = 3
SPARE_BYTES = 64 << 20  # what stays free on the disk of a server

Pull = Callable[[Replica, Sequence[PiecePlace]], str]


def copy(replica: Replica, read: ReadPiece, *, claimed: bool = False, pull: Pull | None = None) -> Copied:
    """Bring a package to a server; return what came of it.

    `pull` has the server take pieces from another one first, and says from where; what it does not get is sent.
    With `claimed` the server's own digests count, and the state says so. Raises TransferError, and what a contact
    raises.
    """
    manifest = replica.manifest
    seen = replica.survey()
    if not seen.root:
        try:
            replica.make_root()
        except TransferCutError:
            raise
        except TransferError:
            return Copied(CopyState.FAILED, f"there is no folder {replica.root}: itmsctl server prepare makes it")
        seen = replica.survey()
    wanted = missing(manifest, seen)
    if seen.visible and not wanted:
        return _checked_visible(replica, seen, claimed=claimed)
    if seen.visible:
        replica.hide()
    full = _no_room(replica, seen, wanted)
    if full is not None:
        return full
    replica.open(overlong(manifest, seen))
    source, pulled = "", 0
    if pull is not None and wanted:
        source = pull(replica, wanted)
        left = missing(manifest, replica.survey())
        pulled = _weight(replica, wanted) - _weight(replica, left)
        wanted = left
    for parcel in parcels(manifest, wanted):
        replica.send(parcel, read)
    return _proven(replica, read, source, pulled, claimed=claimed)


def check(replica: Replica, *, read_back: bool) -> Copied:
    """Check a package that is visible on a server; one that is wrong is taken out of sight.

    Raises TransferError and what a contact raises.
    """
    seen = replica.survey()
    if not seen.visible:
        return Copied(CopyState.FAILED, "it is not there", total=replica.manifest.size)
    if not read_back:
        wrong = sorted({place.file for place in missing(replica.manifest, seen)})
        if not seen.sums:
            return Copied(CopyState.FAILED, "the server cannot make digests: --read-back", total=replica.manifest.size)
        return _corrupt(replica, wrong) if wrong else _ended(replica, CopyState.CLAIMED, "its own digests are right")
    back = replica.read_back()
    wrong = back.wrong()
    return _corrupt(replica, wrong, back) if wrong else _ended(replica, CopyState.READY, "read back", read_back=True)


def _checked_visible(replica: Replica, seen: ReplicaSeen, *, claimed: bool) -> Copied:
    if seen.manifest != replica.manifest.digest:
        replica.publish()
    done = check(replica, read_back=not claimed)
    if done.state is CopyState.CORRUPT:
        return done
    return Copied(done.state, f"it is there already; {done.message}", total=done.total, read_back=done.read_back,
                  unchanged=True)  # fmt: skip


def _proven(replica: Replica, read: ReadPiece, source: str, pulled: int, *, claimed: bool) -> Copied:
    """Read back what was filled, send again what is wrong, and make it visible once nothing is."""
    manifest = replica.manifest
    wrong: list[int] = []
    for _ in range(_ROUNDS):
        if claimed:
            lacking = missing(manifest, replica.survey())
        else:
            good = replica.read_back().good
            lacking = [place for place in places(manifest) if place not in good]
        if not lacking:
            replica.publish()
            state = CopyState.CLAIMED if claimed else CopyState.READY
            how = "its own digests are right" if claimed else "read back"
            return _ended(replica, state, how, read_back=not claimed, source=source, pulled=pulled)
        wrong = sorted({place.file for place in lacking})
        replica.open(wrong)  # begun again: a file that is too long, or a link, gets right by no piece
        for parcel in parcels(manifest, [place for place in places(manifest) if place.file in set(wrong)]):
            replica.send(parcel, read)
    return _corrupt(replica, wrong)


def _ended(
    replica: Replica, state: CopyState, how: str, *, read_back: bool = False, source: str = "", pulled: int = 0
) -> Copied:
    total = replica.manifest.size
    parts = [f"{size_text(replica.sent)} sent"] if replica.sent else []
    parts += [f"{size_text(pulled)} taken from {source}"] if pulled else []
    return Copied(state, "; ".join([*parts, how]), replica.sent, pulled, total, read_back=read_back, source=source)


def _corrupt(replica: Replica, wrong: Sequence[int], back: ReadBack | None = None) -> Copied:
    """Take a package out of sight, and say which files of it are wrong."""
    replica.hide()
    files = replica.manifest.files
    named = tuple(files[index].path for index in wrong[:_NAMED])
    said = [f"`{files[i].path}`" + (f" ({back.said[i]})" if back is not None and i in back.said else "") for i in
            wrong[:_NAMED]]  # fmt: skip
    more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    return Copied(
        CopyState.CORRUPT,
        f"the bytes of {', '.join(said)}{more} are not those of the package",
        replica.sent,
        total=replica.manifest.size,
        wrong=named,
    )


def _no_room(replica: Replica, seen: ReplicaSeen, wanted: Sequence[PiecePlace]) -> Copied | None:
    need = _weight(replica, wanted)
    if seen.free_bytes is None or seen.free_bytes >= need + SPARE_BYTES:
        return None
    free = size_text(seen.free_bytes)
    return Copied(CopyState.FAILED, f"{replica.root} has {free} free, {size_text(need)} are to come", total=need)


def _weight(replica: Replica, wanted: Sequence[PiecePlace]) -> int:
    return bytes_of(replica.manifest, wanted)
