"""Where batches lie between two servers: private folders of the state folder, one user of each at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from itmsctl.cmdb.store import Store
from itmsctl.documents.locks import locked
from itmsctl.errors import BusyError
from itmsctl.replication.envelope import BatchMark

OUT, IN = "out", "in"
LOCK = "lock"


def folder(store: Store, way: str, peer: str) -> Path:
    """Return the folder of the batches to a neighbour, or from it; it is made."""
    path = store.seen.folder / "replication" / store.identity.server_guid / way / peer
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def stem(mark: BatchMark) -> str:
    """Return the name of the files of a batch, without their ending."""
    return f"{mark.epoch}-{mark.seq}"


@contextmanager
def alone(store: Store, way: str, peer: str, name: str) -> Iterator[Path]:
    """Yield the folder of a neighbour, of which nobody else makes use meanwhile. Raises BusyError."""
    path, done = folder(store, way, peer), "sends to" if way == OUT else "takes from"
    busy = BusyError(f"another itmsctl {done} `{name}` just now", hint="the same command will do later")
    with locked(path / LOCK, busy=busy):
        yield path
