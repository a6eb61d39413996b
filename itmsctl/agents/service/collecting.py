"""Events of inboxes, taken in many at once, in the order in which each agent wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from itmsctl.agents.event import NAME, AgentEvent, read_event
from itmsctl.agents.form import MAX_BODY, MAX_HEAD, FormError
from itmsctl.agents.service.quarantines import Quarantines
from itmsctl.agents.service.settings import local_inboxes
from itmsctl.agents.service.taking import REFUSED_EVENT, WAITING, Taken, take_all
from itmsctl.cmdb.store import Store
from itmsctl.errors import BusyError, IntegrityError, ItmsError, StorageError, UsageError
from itmsctl.inventory.service.inbox_files import Folder, InboxFile

_MOST = MAX_HEAD + MAX_BODY
_PATIENCE_S = 600.0  # for events before one that did not come yet
_EVENTS_A_UNIT, _BYTES_A_UNIT = 200, 16 << 20
_FATAL = (StorageError, BusyError, IntegrityError)


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What became of a file of an inbox."""

    file: str
    number: int
    taken: Taken
    kind: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "type": "event",
            "file": self.file,
            "agent": self.taken.agent,
            "kind": self.kind,
            "number": self.number,
            "state": self.taken.state,
            "why": self.taken.why or None,
        }


def inboxes(store: Store, given: Sequence[str]) -> list[Path]:
    """Return the folders to collect from: those given, else those of agent settings. Raises UsageError."""
    if given:
        return [Path(one).expanduser() for one in given]
    with store.read() as reader:
        found = local_inboxes(reader)
    if not found:
        raise UsageError(
            "no inbox is known", hint="itmsctl event collect FOLDER; or agent-settings set NAME --collect-from"
        )
    return found


def collect(store: Store, folders: Sequence[Path]) -> Iterator[EventOutcome]:
    """Take in the events of inboxes; yield what became of each. What cannot be believed goes into quarantine.

    Raises NotFoundError for a folder that is not there, StorageError: what was yielded is stored.
    """
    with ExitStack() as held:
        files = [(found[1], int(found[2]), file) for folder in folders for found, file in _events(folder, held)]
        files.sort(key=lambda one: one[:2])
        aside = Quarantines(store)
        for batch in _batches((number, file) for _, number, file in files):
            yield from _stored(store, batch, aside)


def _events(folder: Path, held: ExitStack) -> Iterator[tuple[Any, InboxFile]]:
    for file in held.enter_context(Folder(folder)).files():
        found = NAME.fullmatch(file.name.rpartition("/")[2])
        if found:
            yield found, file


class _Read(NamedTuple):
    """A file of an inbox that was read: its event, or why it holds none."""

    file: InboxFile
    number: int
    event: AgentEvent | None
    why: str = ""

    def outcome(self, taken: Taken) -> EventOutcome:
        """Return what became of it."""
        return EventOutcome(self.file.shown, self.number, taken, self.event.kind if self.event else "")


def _batches(files: Iterable[tuple[int, InboxFile]]) -> Iterator[list[_Read]]:
    """Yield files as they are read, as many as one unit of work takes."""
    batch: list[_Read] = []
    size = 0
    for number, file in files:
        one = _read(file, number)
        if one is not None:
            batch.append(one)
            size += file.size
        if len(batch) >= _EVENTS_A_UNIT or size >= _BYTES_A_UNIT:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(file: InboxFile, number: int) -> _Read | None:
    """Return what a file holds; None where it is gone."""
    try:
        if not file.open():
            return None
        assert file.stream is not None
        if file.size > _MOST:
            raise FormError(f"it is longer than {_MOST} bytes")
        return _Read(file, number, read_event(file.stream.read(_MOST)))
    except (ItmsError, FormError) as error:
        return _Read(file, number, None, error.in_full if isinstance(error, ItmsError) else str(error))
    finally:
        file.close()


def _stored(store: Store, batch: Sequence[_Read], aside: Quarantines) -> Iterator[EventOutcome]:
    """Take the events of a batch in together; where one of them makes that fail, each for itself."""
    there = [(one, one.event) for one in batch if one.event is not None]
    now = store.clock().timestamp()
    given = [(event, now - one.file.modified_ns / 1e9 < _PATIENCE_S) for one, event in there]
    try:
        taken = store.write(lambda unit: take_all(unit, given, by_rule=True)) if given else []
    except _FATAL:
        raise
    except ItmsError as error:
        if len(batch) > 1:
            for one in batch:
                yield from _stored(store, [one], aside)
            return
        taken = [Taken(REFUSED_EVENT, "", error.in_full)]
    answers = iter(taken)
    for one in batch:
        answer = next(answers) if one.event is not None else Taken(REFUSED_EVENT, "", one.why)
        if answer.state == REFUSED_EVENT:
            answer = replace(answer, why=aside.put(one.file, answer.why))
        elif answer.state != WAITING:
            one.file.remove()
        yield one.outcome(answer)
