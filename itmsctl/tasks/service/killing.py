"""`run kill`: a driver that lives stops what it runs, by the way it has; whoever says it contacts what is left then."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from itmsctl.cmdb.store import Store
from itmsctl.tasks.assignment import Ending, is_removed
from itmsctl.tasks.engine import TICK_S
from itmsctl.tasks.service import runs, stopping, switch
from itmsctl.tasks.service.driving import Drive, DriveReport, close, report_of, take_over
from itmsctl.tasks.service.living import is_driven
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.service.settling import ask, run_owed
from itmsctl.transports.outcome import RemoteState as Answer

SETTLE_S = 8.0  # how long a driver may take for the next computer: it looks, TERM, a grace, KILL, it records


@dataclass(frozen=True, slots=True)
class Killed:
    """What `run kill` came to, as it is recorded: the run, and how many of its computers did not settle.

    `finishing` of them run only what is always run; `left` tells why those did not that were contacted. `removed` are
    settled, for nobody can be asked any more, but what was started there was not stopped.
    """

    report: DriveReport
    unsettled: int
    finishing: int
    left: tuple[Ending, ...] = ()
    removed: tuple[Ending, ...] = ()


def wait_for_driver(
    store: Store,
    run: RunRow,
    only: Collection[int] | None,
    *,
    sleep: Callable[[float], None],
    interrupted: Callable[[], int],
    away: int = 0,
) -> None:
    """Wait while the driver of a run records ends of computers that were stopped, but for so many that are away.

    A driver that died, or that settles none for a while, is not waited for.
    """
    before, until = -1, 0.0
    while not interrupted():
        with store.read() as reader:
            working = stopping.working(reader, run, only)
            if only is None:  # what the server always does begins once the last computer has ended
                working += stopping.last_follows(reader, run)
            driven = is_driven(reader, runs.find_run(reader, run.guid))
        if working != before:
            before, until = working, time.monotonic() + SETTLE_S
        if working <= away or not driven or time.monotonic() > until:
            return
        sleep(TICK_S)


def killed(store: Store, run: RunRow, only: Collection[int] | None, left: Collection[Ending] = ()) -> Killed:
    """Return what killing came to as it stands; of those that were contacted in vain only what did not settle since."""
    with store.read() as reader:
        state = runs.find_run(reader, run.guid).state
        unsettled = set(stopping.unsettled(reader, run, only))
        finishing = len(unsettled) - len(stopping.to_stop(reader, run, only))
    still = tuple(ending for ending in left if ending.assignment.computer_id in unsettled)
    removed = tuple(ending for ending in left if is_removed(ending))
    return Killed(report_of(store, run, state), len(unsettled), finishing, still, removed)


def kill(drive: Drive, run: RunRow, only: Collection[int] | None) -> Killed:
    """Contact the computers of a run that were marked and have not settled: what runs there is stopped.

    A driver that lives records the ends itself: it is waited for, a moment. Where none does, what is owed is run then.
    Computers that cannot be reached keep their mark: whoever asks them next stops what still runs there.
    """
    with drive.store.read() as reader:
        current = runs.find_run(reader, run.guid)
        driven = is_driven(reader, current)
    mine = current if driven else take_over(drive.store, run)[0]
    with drive.store.read() as reader:
        meant = stopping.to_stop(reader, mine, only)
    drive.watcher.begins(mine, len(meant))
    left = [e for e in ask(drive, mine, meant, beside=driven) if e.outcome.state is not Answer.RUNNING]
    if not driven:
        return killed(drive.store, _owed(drive, mine), only, left)
    away = sum(not is_removed(ending) for ending in left)
    wait_for_driver(drive.store, mine, only, sleep=drive.sleep, interrupted=drive.stop.interruptions, away=away)
    return killed(drive.store, mine, only, left)


def _owed(drive: Drive, run: RunRow) -> RunRow:
    """Run what computers owe that were stopped, where nothing forbids it, and close the run."""
    with drive.store.read() as reader:
        held = drive.stop.held() or switch.is_on(reader)
    owed = drive.store.write(lambda unit: stopping.settle(unit, run))[1]
    if owed and not held:
        run_owed(drive, run)
    drive.store.write(lambda unit: close(unit, run))
    return run
