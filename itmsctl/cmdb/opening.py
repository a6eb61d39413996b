"""Opening the CMDB: made on first use, checked each time, refused where it is unfit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.engine import Connection, Engine

from itmsctl.cmdb import audit, faults, foreign, home, schema
from itmsctl.cmdb.actor import Actor, DatabaseIdentity
from itmsctl.cmdb.engine import BUSY_TIMEOUT_S, DatabasePlace, open_engine
from itmsctl.cmdb.files import check_file, make_private
from itmsctl.cmdb.found import Facts, read_facts
from itmsctl.cmdb.home import Home
from itmsctl.cmdb.role import DatabaseStanding, judge, told
from itmsctl.cmdb.seen import HighWaterMark, Marks, SeenPlaces
from itmsctl.cmdb.store import PATIENCE_S, Store
from itmsctl.cmdb.work import in_utc
from itmsctl.errors import StorageError
from itmsctl.values.lean import dataclass
from itmsctl.values.times import Clock, to_second

CLOCK_OFF = timedelta(minutes=5)


def _silent(_text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, eq=False, repr=False)
class OpenedLook:
    """What was found of an open database: what it says of itself, where it is, and what it is."""

    facts: Facts
    here: Home
    standing: DatabaseStanding
    made: bool = False


def open_store(
    place: DatabasePlace,
    *,
    clock: Clock,
    actor: Actor,
    state_folder: Path,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    pool_size: int = 5,
    idempotency_key: str | None = None,
    ask_zone: Callable[[], str] = in_utc,
    library: Path | None = None,
    adopt: bool = False,
    fresh: bool = False,
    tell: Callable[[str], None] = _silent,
) -> Store:
    """Open the CMDB of a place; a missing or empty one is made (0700, 0600), unless one was seen there before.

    `adopt` opens what is older than what was seen, `fresh` makes one whatever was seen. `tell` is given what a person
    should know: that it was made, that it is a copy, that the clock is off.
    Raises StorageError and its kin, IntegrityError, BusyError.
    """
    seen = SeenPlaces(state_folder)
    marks = seen.marks()
    _stand(place, marks, fresh=fresh)
    engine = open_engine(place, purpose="store", busy_timeout_s=busy_timeout_s, pool_size=pool_size)
    try:
        look = _look(engine, place, marks, adopt=adopt, fresh=fresh)
        if look.facts.revision is None:
            _refuse_remade(look, marks, place, fresh=fresh)
            look = _made(engine, place, seen, tell)
        else:
            _tell(look, marks, place, clock(), tell)
    except faults.TransientError as error:
        engine.dispose()
        raise error.final(str(place)) from error.cause
    # Also where somebody pressed Ctrl-C: a pool that is left open would hold locks until the process ends.
    except BaseException:
        engine.dispose()
        raise
    if place.path is None:
        actor = replace(actor, name=f"{actor.name} (database user {look.facts.user})")
    meta = look.facts.meta
    identity = DatabaseIdentity(meta["server_guid"], int(meta["epoch"]), meta["nonce"])
    store = Store(
        engine, place, clock, actor, seen, identity, None, ask_zone,
        here=look.here, standing=look.standing, made=look.made, busy_timeout_s=busy_timeout_s,
        patience_s=max(PATIENCE_S, busy_timeout_s), library=library or _beside(place, state_folder),
    )  # fmt: skip
    if look.made:
        from itmsctl.cmdb import predefined

        store.write(predefined.put)
    store.idempotency_key = idempotency_key
    return store


def _beside(place: DatabasePlace, other: Path) -> Path:
    """Return where files stand that are too large for a database: beside its own, else in another folder."""
    return (place.path.parent if place.path is not None else other) / "library"


def refuse_unreadable(place: DatabasePlace, state_folder: Path) -> None:
    """Refuse a place where there is no CMDB of this program, or one that is older than what was seen of it.

    Nothing is made. Raises StorageError and its kin, IntegrityError, BusyError.
    """
    missing = StorageError(f"there is no CMDB at {place}", hint="itmsctl site list makes an empty one")
    marks = SeenPlaces(state_folder).marks()
    if place.path is not None and not place.path.exists():
        marks.refuse_gone(home.of_file(place.path), str(place))
        raise missing
    engine = open_engine(place, purpose="models")
    try:
        if _look(engine, place, marks).facts.revision is None:
            raise missing
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()


def _stand(place: DatabasePlace, marks: Marks, *, fresh: bool) -> None:
    """See to it that there is a file, where the place is one."""
    if place.path is None:
        return
    if not fresh and not place.path.is_symlink() and not place.path.exists():
        marks.refuse_gone(home.of_file(place.path), str(place))
    make_private(place.path)
    check_file(place.path)


def _refuse_remade(look: OpenedLook, marks: Marks, place: DatabasePlace, *, fresh: bool) -> None:
    if not fresh:
        marks.refuse_gone(look.here, str(place), "is empty")


def _made(engine: Engine, place: DatabasePlace, seen: SeenPlaces, tell: Callable[[str], None]) -> OpenedLook:
    before, _ = schema.migrate(place)
    look = _look(engine, place, Marks(), fresh=True)
    if before is None:  # else another process was quicker
        with faults.mapped(str(place)), engine.connect() as connection:
            home.settle(connection.execution_options(itms_write=True), look.here)
            connection.commit()
        seen.forget(look.here)
        tell(f"a new database was made at {place}")
        look = replace(look, standing=DatabaseStanding(live=True), made=True)
    return look


def _look(
    engine: Engine, place: DatabasePlace, marks: Marks, *, adopt: bool = False, fresh: bool = False
) -> OpenedLook:
    with faults.mapped(str(place)), engine.connect() as connection:
        look = look_at(connection, place, marks, lone=fresh)
        if look.facts.revision is not None:
            schema.refuse_unfit(look.facts.revision, place, engine)
            foreign.refuse(connection, str(place))
            if not adopt:
                refuse_older(look, connection, place, marks)
    return look


def look_at(
    connection: Connection, place: DatabasePlace, marks: Marks, *, lone: bool = False, here: Home | None = None
) -> OpenedLook:
    """Return what is found of a database; `marks` were read before. `here` is where it will be, if not where it is.

    Raises DatabaseForeignError.
    """
    facts = read_facts(connection, lone=lone)
    here = here or facts.here(place)
    if facts.revision is None:
        return OpenedLook(facts, here, DatabaseStanding(live=True))
    guid = facts.meta["server_guid"]

    def at(other: Home) -> home.HomeStanding:
        if other.is_elsewhere(here):
            return home.HomeStanding.UNKNOWN
        if other.is_file:
            return home.look_at_file(other, here, guid)
        return home.HomeStanding.GONE if other.is_same_thing(here) else home.look_at_database(other, connection)

    newer = marks.newer(guid, here, int(facts.meta["epoch"]))
    return OpenedLook(facts, here, judge(home.from_text(facts.meta.get(home.KEY)), here, newer, at))


def refuse_older(look: OpenedLook, connection: Connection, place: DatabasePlace, marks: Marks) -> None:
    """Refuse a live database that stands behind what was seen of it. A copy may be of any age.

    Raises DatabaseOlderThanSeenError.
    """
    if look.standing.live:
        facts = look.facts
        now = HighWaterMark(int(facts.meta["epoch"]), facts.seq, facts.hash)
        has_hash = partial(audit.has_hash, connection)
        homes = (look.here, look.standing.came_from)
        marks.check(facts.meta["server_guid"], now, has_hash, str(place), *homes)


def _tell(look: OpenedLook, marks: Marks, place: DatabasePlace, now: datetime, tell: Callable[[str], None]) -> None:
    facts = look.facts
    known = marks.at(look.here)
    if not look.standing.live:
        tell(f"warning: {told(look.standing, str(place), facts.seq)}")
    elif known is not None and known.server_guid != facts.meta["server_guid"] and known.mark.seq:
        tell(
            f"warning: {place} is another database than the one seen here before: now server "
            f"{facts.meta['server_guid']} at change {facts.seq}, then {known.server_guid} at change {known.mark.seq}"
        )
    if facts.at is not None and facts.at - now > CLOCK_OFF:
        tell(
            f"warning: the clock says {to_second(now)}, the last change was recorded at {to_second(facts.at)}: "
            "changes get that time until the clock has passed it; itmsctl doctor"
        )
