"""Opening the CMDB: made on first use, checked each time, refused where it is unfit."""

from __future__ import annotations

from pathlib import Path

from itmsctl import errors
from itmsctl.cmdb import faults, schema
from itmsctl.cmdb.engine import BUSY_TIMEOUT_S, Place, check_file, open_engine, prepare_file
from itmsctl.cmdb.seen import Seen
from itmsctl.cmdb.store import Actor, Identity, Store
from itmsctl.values.times import Clock


def open_store(
    place: Place,
    *,
    clock: Clock,
    actor: Actor,
    state_folder: Path,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    pool_size: int = 5,
    idempotency_key: str | None = None,
    adopt: bool = False,
) -> Store:
    """Open the CMDB of a place; a missing or empty one is made (0700, 0600).

    `adopt` opens a copy that is older than what was seen. Raises StorageError and its kin, IntegrityError, BusyError.
    """
    if place.path is not None:
        prepare_file(place.path)
        _check_header(place.path)
    engine = open_engine(place, purpose="store", busy_timeout_s=busy_timeout_s, pool_size=pool_size)
    try:
        found, meta, seq = schema.read_meta(engine, place)
        if found is None:
            schema.migrate(place)
            found, meta, seq = schema.read_meta(engine, place)
        schema.refuse_unfit(found, place)
    except faults.TransientError as error:
        raise errors.DatabaseUnavailableError(
            f"{place} does not answer", why=str(error).strip().splitlines()[0], hint="is the server running?"
        ) from error
    identity = Identity(meta["server_guid"], int(meta["epoch"]), meta["nonce"])
    seen = Seen(state_folder)
    if not adopt:
        seen.check(identity.server_guid, seq, identity.epoch, str(place))
    return Store(engine, place, clock, actor, seen, identity, idempotency_key)


def _check_header(path: Path) -> None:
    check_file(path)
    with path.open("rb") as file:
        head = file.read(16)
    if head and head != b"SQLite format 3\0":
        raise faults.corrupt(str(path), "the file does not begin as an SQLite database does")
