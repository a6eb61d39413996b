"""What undoing a change-set means: which steps, what must still be as it was left, and what it all ends in.

The changes of a change-set are turned round one by one, the last one first: each step then finds what the change before
it had left. A field that was changed again since is a conflict where this change-set had changed it too, and left alone
where it had not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Document = Mapping[str, Any]
Key = tuple[str, str]  # kind, GUID
CREATED, UPDATED, REMOVED, UNCHANGED = "created", "updated", "removed", "unchanged"
_ORDER = (REMOVED, UPDATED, CREATED, UNCHANGED)
_SHOWN = 60


@dataclass(frozen=True)
class KeptChange:
    """One change that a change-set has kept."""

    kind: str
    guid: str
    name: str
    before: Document | None
    after: Document | None

    @property
    def key(self) -> Key:
        """Return which object changed."""
        return self.kind, self.guid


@dataclass(frozen=True)
class Net:
    """What a change-set did to one object, all its changes together."""

    kind: str
    guid: str
    name: str  # the last one that it had
    before: Document | None
    after: Document | None

    @property
    def undone(self) -> str:
        """Return what undoing does to it."""
        if self.before is None or self.after is None:
            if self.before is self.after:
                return UNCHANGED
            return REMOVED if self.before is None else CREATED
        return UNCHANGED if self.before == self.after else UPDATED


@dataclass(frozen=True)
class Conflict:
    """An object that is no longer as the change-set left it."""

    kind: str
    guid: str
    name: str
    why: str


@dataclass(frozen=True)
class UndoStep:
    """One step of undoing. `removes` it, or gives it these fields; `whole` where it is added again with all of them."""

    kind: str
    guid: str
    name: str
    fields: Document
    removes: bool = False
    whole: bool = False


@dataclass(frozen=True)
class UndoPlan:
    """How a change-set is undone: nothing may be written where there are conflicts."""

    nets: Sequence[Net]
    steps: Sequence[UndoStep]
    conflicts: Sequence[Conflict]
    known: Mapping[Key, Document]
    expected: Mapping[Key, Document | None]

    def count(self, undone: str) -> int:
        """Return to how many objects undoing does this."""
        return sum(net.undone == undone for net in self.nets)


def plan(
    changes: Sequence[KeptChange], present: Mapping[Key, Document | None], ignored: Mapping[str, Collection[str]]
) -> UndoPlan:
    """Return how to undo changes, given in their order; `ignored` names the reported fields of each kind."""
    nets = _nets(changes)
    conflicts: list[Conflict] = []
    expected: dict[Key, Document | None] = {}
    kept: dict[Key, frozenset[str]] = {}
    for key, net in nets.items():
        now, passed_over = present.get(key), frozenset(ignored.get(net.kind, ()))
        why = _conflict(net, now, passed_over)
        if why:
            conflicts.append(Conflict(net.kind, net.guid, net.name, why))
            continue
        since = _differing(net.after, now, passed_over)
        kept[key] = since | passed_over
        changed = _differing(net.before, net.after, passed_over)
        expected[key] = net.before if now is None or net.before is None else {**now, **_only(net.before, changed)}
    steps = [] if conflicts else [_turned(change, kept[change.key]) for change in reversed(changes)]
    ordered = sorted(nets.values(), key=lambda net: (_ORDER.index(net.undone), net.kind, net.name))
    return UndoPlan(ordered, steps, conflicts, known(changes), expected)


def is_undone(
    changes: Sequence[KeptChange], present: Mapping[Key, Document | None], ignored: Mapping[str, Collection[str]]
) -> bool:
    """Return whether everything is as it was before the changes."""
    nets = _nets(changes)
    return all(
        not _differing(net.before, present.get(key), frozenset(ignored.get(net.kind, ()))) for key, net in nets.items()
    )


def known(changes: Sequence[KeptChange]) -> dict[Key, Document]:
    """Return a document that each object had at some time."""
    return {change.key: change.after or change.before or {} for change in changes}


def batches(steps: Sequence[UndoStep]) -> Iterator[list[UndoStep]]:
    """Cut steps into runs that may be done at once: of one kind, all removals or none, no object twice."""
    for _, run in groupby(steps, key=lambda step: (step.kind, step.removes)):
        batch: list[UndoStep] = []
        seen: set[str] = set()
        for step in run:
            if step.guid in seen:
                yield batch
                batch, seen = [], set()
            batch.append(step)
            seen.add(step.guid)
        yield batch


def unfinished(
    expected: Mapping[Key, Document | None],
    present: Mapping[Key, Document | None],
    ignored: Mapping[str, Collection[str]],
) -> list[Conflict]:
    """Return the objects that are not what undoing was to make them."""
    found = []
    for (kind, guid), wanted in expected.items():
        now = present.get((kind, guid))
        fields = _differing(wanted, now, frozenset(ignored.get(kind, ())))
        if fields:
            name = str((wanted or now or {}).get("name", guid))
            found.append(Conflict(kind, guid, name, f"it would not be as it was before: {', '.join(sorted(fields))}"))
    return found


def _nets(changes: Sequence[KeptChange]) -> dict[Key, Net]:
    found: dict[Key, Net] = {}
    for change in changes:
        first = found.get(change.key)
        before = first.before if first else change.before
        found[change.key] = Net(change.kind, change.guid, change.name, before, change.after)
    return found


def _conflict(net: Net, now: Document | None, ignored: frozenset[str]) -> str:
    if net.after is None:
        return "it is there again" if now is not None else ""
    if now is None:
        return "it was removed since"
    since = _differing(net.after, now, ignored)
    if net.before is not None:
        since &= _differing(net.before, net.after, ignored)
    return "; ".join(f"{name} is {_say(now.get(name))}, not {_say(net.after.get(name))}" for name in sorted(since))


def _differing(one: Document | None, other: Document | None, ignored: frozenset[str]) -> frozenset[str]:
    """Return the fields that differ; of an object that is there and one that is not, all."""
    if one is None or other is None:
        return frozenset() if one is other else frozenset((one or other or {}).keys()) - ignored
    names = one.keys() | other.keys()
    return frozenset(name for name in names if name not in ignored and one.get(name) != other.get(name))


def _turned(change: KeptChange, kept: frozenset[str]) -> UndoStep:
    if change.before is None:
        return UndoStep(change.kind, change.guid, change.name, change.after or {}, removes=True)
    if change.after is None:
        return UndoStep(change.kind, change.guid, change.name, change.before, whole=True)
    fields = _only(change.before, _differing(change.before, change.after, kept))
    return UndoStep(change.kind, change.guid, change.name, fields)


def _only(document: Document, names: Collection[str]) -> dict[str, Any]:
    return {name: document.get(name) for name in names}


def _say(value: Any) -> str:
    text = "empty" if value in (None, "", [], {}) else f"`{value}`"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "...`"
