"""Opening the CMDB: made on first use, checked each time, refused where it is unfit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy.engine import Engine

from itmsctl.cmdb import audit, faults, schema
from itmsctl.cmdb.engine import BUSY_TIMEOUT_S, Place, open_engine
from itmsctl.cmdb.files import check_file, make_private
from itmsctl.cmdb.seen import Mark, Marks, Seen
from itmsctl.cmdb.store import Actor, Identity, Store
from itmsctl.cmdb.work import in_utc
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
    ask_zone: Callable[[], str] = in_utc,
    adopt: bool = False,
) -> Store:
    """Open the CMDB of a place; a missing or empty one is made (0700, 0600).

    `adopt` opens a copy that is older than what was seen. Raises StorageError and its kin, IntegrityError, BusyError.
    """
    seen = Seen(state_folder)
    marks = Marks({}) if adopt else seen.marks()
    made = False
    if place.path is not None:
        made = make_private(place.path)
        check_file(place.path)
    engine = open_engine(place, purpose="store", busy_timeout_s=busy_timeout_s, pool_size=pool_size)
    try:
        facts = _facts(engine, place, marks)
        if facts.revision is None:
            if place.path is not None and not made:
                marks.refuse_emptied(str(place))
            schema.migrate(place)
            facts = _facts(engine, place, marks)
    except faults.TransientError as error:
        engine.dispose()
        raise error.final(str(place)) from error.cause
    except BaseException:
        engine.dispose()
        raise
    identity = Identity(facts.meta["server_guid"], int(facts.meta["epoch"]), facts.meta["nonce"])
    return Store(engine, place, clock, actor, seen, identity, idempotency_key, ask_zone)


def _facts(engine: Engine, place: Place, marks: Marks) -> schema.Facts:
    with faults.mapped(str(place)), engine.connect() as connection:
        facts = schema.read_facts(connection)
        if facts.revision is None:
            return facts
        schema.refuse_unfit(facts.revision, place, engine)
        now = Mark(int(facts.meta["epoch"]), facts.seq, facts.hash)
        marks.check(facts.meta["server_guid"], now, partial(audit.has_hash, connection), str(place))
    return facts
