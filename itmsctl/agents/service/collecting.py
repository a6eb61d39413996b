"""Events of an inbox, taken in one after the other, in the order in which each agent wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.agents.event import NAME, read_event
from itmsctl.agents.form import MAX_BODY, MAX_HEAD, FormError
from itmsctl.agents.service.settings import in_use
from itmsctl.agents.service.taking import REFUSED_EVENT, WAITING, Taken, take
from itmsctl.cmdb.store import Store
from itmsctl.errors import BusyError, IntegrityError, ItmsError, StorageError, UsageError
from itmsctl.inventory.service.inbox_files import Folder, InboxFile
from itmsctl.values.times import to_text

_MOST = MAX_HEAD + MAX_BODY
_PATIENCE_S = 600.0  # for events before one that did not come yet
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
        said = [doc.fields["collected"] or doc.fields["inbox"] for doc in in_use(reader)]
    found = [Path(one.removeprefix("file://")) for one in said if one and not one.startswith("sftp://")]
    if not found:
        raise UsageError(
            "no inbox is known", hint="itmsctl event collect FOLDER; or agent-settings set NAME --collect-from"
        )
    return list(dict.fromkeys(found))


def collect(store: Store, folders: Sequence[Path]) -> Iterator[EventOutcome]:
    """Take in the events of inboxes; yield what became of each. What cannot be believed goes into quarantine.

    Raises NotFoundError for a folder that is not there, StorageError: what was yielded is stored.
    """
    with ExitStack() as held:
        files = [(found[1], int(found[2]), file) for folder in folders for found, file in _events(folder, held)]
        for _, number, file in sorted(files, key=lambda one: one[:2]):
            outcome = _collected(store, file, number)
            if outcome is not None:
                yield outcome


def _events(folder: Path, held: ExitStack) -> Iterator[tuple[Any, InboxFile]]:
    for file in held.enter_context(Folder(folder)).files():
        found = NAME.fullmatch(file.name.rpartition("/")[2])
        if found:
            yield found, file


def _collected(store: Store, file: InboxFile, number: int) -> EventOutcome | None:
    """Take one file in; None where it is gone."""
    kind = ""
    try:
        if not file.open():
            return None
        assert file.stream is not None
        if file.size > _MOST:
            raise FormError(f"it is longer than {_MOST} bytes")
        event = read_event(file.stream.read(_MOST))
        kind = event.kind
        patient = store.clock().timestamp() - file.modified_ns / 1e9 < _PATIENCE_S
        taken = store.write(lambda unit: take(unit, event, patient=patient))
    except _FATAL:
        raise
    except (ItmsError, FormError) as error:
        taken = _put_aside(store, file, error.in_full if isinstance(error, ItmsError) else str(error))
    else:
        if taken.state == REFUSED_EVENT:
            taken = Taken(taken.state, taken.agent, _put_aside(store, file, taken.why).why)
        elif taken.state != WAITING:
            file.remove()
    finally:
        file.close()
    return EventOutcome(file.shown, number, taken, kind)


def _put_aside(store: Store, file: InboxFile, why: str) -> Taken:
    place = file.put_aside({"file": file.name, "sha256": file.digest, "why": why, "at": to_text(store.clock())})
    return Taken(REFUSED_EVENT, "", f"{why}; {place}" if place else why)
