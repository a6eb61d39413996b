"""What files tell, stored: computers recognised or added, fields filled, classes stored, files recorded; in one unit.

So a file that was killed half way is loaded again as a whole, and one that another loader has taken meanwhile is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.inbox import NOT_ASKED, AskedAgain, FileOutcome, FileState
from itmsctl.inventory.service.filling import Telling, fill
from itmsctl.inventory.service.hypervisors import relate_virtual_machines
from itmsctl.inventory.service.inbox_files import InboxFile
from itmsctl.inventory.service.primary_users import relate_primary_users
from itmsctl.inventory.service.received import Arrival, arrived_before, note_arrivals
from itmsctl.inventory.service.recognising import FoundSubject, recognised
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.stored import StoredReport
from itmsctl.inventory.told import Subject, Told
from itmsctl.resources.authority import PRIORITIES
from itmsctl.values.counts import counted
from itmsctl.values.kind import house

_NAMED = 3
_RUN_FULL = "run its package there with --full, unless it writes into this folder: then it has been asked"


@dataclass(frozen=True)
class LoadOptions:
    """How files are loaded."""

    format_name: str | None = None
    known_only: bool = False
    settle_s: float = 5.0  # a file of a folder that ends too early and is younger may still be written
    in_place: bool = False  # bad files stay where they are
    remove: bool = False  # what is stored, or was before, is taken out of its folder
    dry_run: bool = False
    priorities: Mapping[str, int] = field(default_factory=lambda: PRIORITIES)


@dataclass(frozen=True)
class FileProgress:
    """What became of the computers of a file so far."""

    computers: int = 0
    added: int = 0
    name: str | None = None  # of the first one
    is_double: bool = True  # nothing of it was news
    refused: tuple[str, ...] = ()  # why computers of it were not stored; the first of them
    refusals: int = 0
    hint: str = ""
    notes: tuple[str, ...] = ()
    again: AskedAgain = NOT_ASKED


class FilePart(NamedTuple):
    """What a file tells of one computer."""

    file: InboxFile
    subject: Subject
    told: Told


@dataclass
class FileBatch:
    """What is stored together: parts of files, and the files that end with it, each with why it is bad or waits."""

    parts: list[FilePart] = field(default_factory=list)
    ended: dict[str, tuple[InboxFile, FileOutcome | None]] = field(default_factory=dict)  # by place
    progress: dict[str, FileProgress] = field(default_factory=dict)  # of files begun in earlier batches
    rows: int = 0


class BatchStored(NamedTuple):
    """What became of a batch: of each file that ended, and of those that go on."""

    outcomes: Mapping[str, FileOutcome]
    progress: Mapping[str, FileProgress]


def store_batch(unit: UnitOfWork, batch: FileBatch, options: LoadOptions) -> BatchStored:
    """Store a batch, and record its files."""
    files = {part.file.place: part.file for part in batch.parts} | {name: one for name, (one, _) in batch.ended.items()}
    before = arrived_before(unit, {one.digest for one in files.values() if one.digest})
    doubles = {
        name
        for name, one in files.items()
        if one.digest in before and before[one.digest].state is FileState.LOADED and name not in batch.progress
    }
    parts = [part for part in batch.parts if part.file.place not in doubles]
    progress = dict(batch.progress)
    for part, found, news in _stored(unit, parts, options):
        name = part.file.place
        progress[name] = _after(progress.get(name, FileProgress()), found, news)
    outcomes: dict[str, FileOutcome] = {}
    for place, (file, bad) in batch.ended.items():
        if place in doubles:
            earlier = before[file.digest]
            why = "its content was loaded before"
            outcomes[place] = FileOutcome(
                file.shown, FileState.DUPLICATE, earlier.computer, why, computers=earlier.computers
            )
        else:
            outcomes[place] = _outcome(file.shown, bad, progress.get(place))
    note_arrivals(
        unit,
        [Arrival(files[name].digest, files[name].size, one) for name, one in outcomes.items() if files[name].digest],
        before,
    )
    return BatchStored(outcomes, {name: one for name, one in progress.items() if name not in outcomes})


class News(NamedTuple):
    """What storing said of one computer: whether any of it was news, what went wrong, what is to be said."""

    is_double: bool
    why: str = ""
    notes: tuple[str, ...] = ()
    hint: str = ""
    again: AskedAgain = NOT_ASKED


class KnownPart(NamedTuple):
    """What is told of a computer that is known; `is_new` where it was added for that."""

    computer: int
    subject: Subject
    told: Told
    is_new: bool = False


def store_known(unit: UnitOfWork, parts: Sequence[KnownPart], priorities: Mapping[str, int] = PRIORITIES) -> list[News]:
    """Store what is told of computers that are known, and what follows from it; return what came of each."""
    fill(
        unit,
        [Telling(one.computer, one.subject, one.told.source, one.told.collected_at, one.is_new) for one in parts],
        priorities,
    )
    pairs = [(one.computer, one.told) for one in parts]
    stored = store_told(unit, pairs) if pairs else []
    news = [_news(result, one.told.package) for one, result in zip(parts, stored, strict=True)]
    relate_primary_users(unit, pairs)
    relate_virtual_machines(unit, pairs)
    for place, one in enumerate(parts):
        if one.told.usage:
            said = [text for keep in house().calls("usage_told") for text in keep(unit, one.computer, one.told)]
            news[place] = news[place]._replace(notes=(*news[place].notes, *said))
    return news


def _stored(
    unit: UnitOfWork, parts: Sequence[FilePart], options: LoadOptions
) -> list[tuple[FilePart, FoundSubject, News | None]]:
    who = recognised(unit, [part.subject for part in parts], known_only=options.known_only)
    known = {
        place: KnownPart(one.computer, part.subject, part.told, one.is_new)
        for place, (part, one) in enumerate(zip(parts, who, strict=True))
        if one.computer is not None
    }
    news = dict(zip(known, store_known(unit, list(known.values()), options.priorities), strict=True))
    return [(part, one, news.get(place)) for place, (part, one) in enumerate(zip(parts, who, strict=True))]


def _news(stored: StoredReport, package: str) -> News:
    classes = stored.classes
    refused = [f"{name}: {one.why}" for name, one in classes.items() if one.state == "unknown"]
    is_double = bool(classes) and all(one.state == "older" or one.is_repeated for one in classes.values())
    if stored.misfits:
        named = ", ".join(sorted(stored.misfits))
        why = f"made against another state of {named} than is held: a full inventory is needed"
        return News(False, why, hint=_RUN_FULL if package else "", again=AskedAgain(package, stored.misfits))
    if classes and len(refused) == len(classes):
        return News(False, "; ".join(refused[:_NAMED]))
    faults = sum(len(one.faults) for one in classes.values())
    notes = [f"left out: {text}" for text in refused[:_NAMED]]
    notes += [f"{counted(faults, 'value')} left out or normalised"] if faults else []
    return News(is_double, notes=tuple(notes))


def _after(progress: FileProgress, found: FoundSubject, news: News | None) -> FileProgress:
    if news is None or news.why:
        why = found.why if news is None else f"{found.name}: {news.why}"
        return replace(
            progress,
            name=progress.name or found.name or None,
            is_double=False,
            refused=(*progress.refused, why)[:_NAMED],
            refusals=progress.refusals + 1,
            hint=progress.hint or found.hint or ("" if news is None else news.hint),
            again=progress.again if news is None or not news.again.package else news.again,
        )
    return replace(
        progress,
        computers=progress.computers + 1,
        added=progress.added + found.is_new,
        name=progress.name or found.name,
        is_double=progress.is_double and news.is_double,
        notes=(*progress.notes, *news.notes)[:_NAMED],
    )


def _outcome(name: str, bad: FileOutcome | None, progress: FileProgress | None) -> FileOutcome:
    """Return what became of a file that ended: `bad` says why it is, as far as it was read."""
    done = progress or FileProgress(is_double=False)
    state, why = FileState.LOADED, "; ".join(done.notes)
    if bad is not None:
        before = f"; {counted(done.computers, 'computer')} before that place stored" if done.computers else ""
        state, why = bad.state, bad.why + before
    elif done.refusals:
        total = done.computers + done.refusals
        count = f"{done.refusals} of {total} computers refused: " if total > 1 else ""
        state, why = FileState.QUARANTINED, count + "; ".join(done.refused)
    elif not done.computers:
        state, why = FileState.QUARANTINED, "it tells of no computer"
    elif done.is_double:
        state, why = FileState.DUPLICATE, "nothing of it is newer than what is held"
    return FileOutcome(
        name,
        state,
        done.name if done.computers + done.refusals == 1 else None,
        why,
        bad.hint if bad is not None else done.hint,
        done.computers,
        done.added,
        again=done.again,
    )
