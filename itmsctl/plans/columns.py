"""What a person sees of plans: what was applied, what would be, how the two differ, and what was undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from itmsctl.cli.output import Column, cell_text
from itmsctl.cli.style import BAD, GOOD, ODD
from itmsctl.plans.outcome import CREATED, DELETED, UPDATED, ApplySummary, Changed
from itmsctl.values.counts import counted

_STYLES = {"delete": BAD, "leave": BAD, "create": GOOD, "update": ODD, "deleted": BAD, "created": GOOD}
_STYLES |= {"removed": BAD, "updated": ODD}
_VERB = {CREATED: "create", UPDATED: "update", DELETED: "delete"}
_ORDER = ("delete", "leave", "keep", "create", "update")
MANY = 20  # of one table or collection: a terminal is told how many, a pipe is told each
_LONGEST = 200


def _colour(value: Any) -> str:
    return _STYLES.get(str(value), "")


APPLIED = (Column("object"), Column("action", style=_colour))
PLANNED = (Column("action", style=_colour), Column("object"), Column("what"))
DIFFERENCE = (
    Column("action", style=_colour),
    Column("object"),
    Column("field"),
    Column("before"),
    Column("after"),
)
SETS = (Column("name"), Column("objects", right=True))
SET_OBJECTS = (Column("object"), Column("also_in"), Column("id", wide=True))
UNDONE = (Column("action", style=_colour), Column("object"), Column("what"), Column("id", wide=True))


def applied(done: ApplySummary) -> Iterator[dict[str, Any]]:
    """Yield a row for each object, and one for each table with its counts."""
    for table in done.tables:
        action = CREATED if table.created else UPDATED if table.updated else "unchanged"
        counts = {"created": table.created, "updated": table.updated, "unchanged": table.unchanged}
        yield {"object": f"import/{table.name}", "action": action, "kind": table.kind, "name": table.name, **counts}
    for change in done.changes:
        row = {"object": change.object, "action": change.action, "kind": change.kind, "name": change.name}
        yield row | {"id": change.guid or None}


def summary(done: ApplySummary, losses: int = 0) -> str:
    """Return the counts in a line."""
    parts = [f"{done.count(DELETED)} to delete"] if done.count(DELETED) else []
    parts += [f"{counted(losses, 'membership')} lost"] if losses else []
    parts += [f"{done.count(CREATED)} to create", f"{done.count(UPDATED)} to update"]
    return ", ".join([*parts, f"{done.count('unchanged')} unchanged"])


def summary_applied(done: ApplySummary) -> str:
    """Return the counts of what was applied in a line."""
    deleted = f", {done.count(DELETED)} deleted" if done.count(DELETED) else ""
    changed = f"{done.count(CREATED)} created, {done.count(UPDATED)} updated"
    return f"{changed}{deleted}, {done.count('unchanged')} unchanged"


def kept(done: ApplySummary) -> Iterator[dict[str, Any]]:
    """Yield a row for each object that a prune leaves alone, with the sets that hold it."""
    for one in done.kept:
        kind, _, name = one.object.partition("/")
        what = f"set {', '.join(one.sets)} holds it too"
        yield {"action": "keep", "object": one.object, "kind": kind, "name": name, "sets": list(one.sets), "what": what}


# --- a plan -----------------------------------------------------------------------------------------------------------


def planned(changes: Sequence[Changed], losses: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield one object for each change, deletions and lost memberships first."""
    for change in _sorted(changes):
        fields = {name: {"before": before, "after": after} for name, before, after in change.differences()}
        row = {"action": _VERB[change.action], "object": change.object, "kind": change.kind, "name": change.name}
        yield row | {"id": change.guid if change.action != CREATED else None, "changes": fields}
        if change is _last_deletion(changes):
            yield from (_lost(loss) for loss in losses)
    if _last_deletion(changes) is None:
        yield from (_lost(loss) for loss in losses)


def planned_lines(changes: Sequence[Changed], losses: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a plan for TSV: one for each field of an update, each object that goes or comes, each loss."""
    found = [line for change in changes for line in _lines(change, _whole)]
    found += [{"action": "leave", "object": f"{loss.kind}/{loss.name}", "what": loss.computer} for loss in losses]
    yield from sorted(found, key=lambda line: _ORDER.index(line["action"]))


def planned_table(
    changes: Sequence[Changed], rows: Sequence[Changed], tables: Iterable[Any], losses: Sequence[Any]
) -> Iterator[dict[str, Any]]:
    """Yield the same for a terminal: a table's many objects, and many losses of one collection, in a line each."""
    few = list(changes)
    found: list[dict[str, Any]] = []
    created = [row for row in rows if row.action == CREATED]
    few += [row for row in rows if row.action != CREATED]
    if len(created) <= MANY:
        few += created
    else:
        found += [
            {"action": "create", "object": f"import/{table.name}", "what": f"{table.created} of {table.kind}"}
            for table in tables
            if table.created
        ]
    found += [line for change in few for line in _lines(change, _short)]
    found += _gathered(losses)
    yield from sorted(found, key=lambda line: _ORDER.index(line["action"]))


def _lines(change: Changed, say: Any) -> Iterator[dict[str, Any]]:
    line = {"action": _VERB.get(change.action, ""), "object": change.object}
    if change.action == UPDATED:
        for name, before, after in change.differences():
            yield line | {"what": f"{name}: {say(before)} -> {say(after)}"}
    elif change.action == CREATED:
        yield line | {"what": "; ".join(f"{name}: {say(after)}" for name, _, after in change.differences())}
    elif change.action == DELETED:
        yield line | {"what": ""}


def _gathered(losses: Sequence[Any]) -> Iterator[dict[str, Any]]:
    by_holder: defaultdict[str, list[str]] = defaultdict(list)
    for loss in losses:
        by_holder[f"{loss.kind}/{loss.name}"].append(loss.computer)
    for holder, names in by_holder.items():
        more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
        yield {"action": "leave", "object": holder, "what": ", ".join(names[:MANY]) + more}


def _sorted(changes: Sequence[Changed]) -> list[Changed]:
    shown = [change for change in changes if change.action in _VERB]
    return sorted(shown, key=lambda change: _ORDER.index(_VERB[change.action]))


def _last_deletion(changes: Sequence[Changed]) -> Changed | None:
    gone = [change for change in _sorted(changes) if change.action == DELETED]
    return gone[-1] if gone else None


def _lost(loss: Any) -> dict[str, Any]:
    held = {"object": f"{loss.kind}/{loss.name}", "kind": loss.kind, "name": loss.name}
    return {"action": "leave", **held, "computer": loss.computer}


# --- differences ------------------------------------------------------------------------------------------------------


def differences(changes: Sequence[Changed], *, short: bool) -> Iterator[dict[str, Any]]:
    """Yield a row for each field that differs, deletions first; for a terminal what is long is cut."""
    for change in _sorted(changes):
        row = {"action": _VERB[change.action], "object": change.object}
        if change.action == DELETED:
            yield row | {"field": "", "before": None, "after": None}
            continue
        fields = list(change.differences())
        for name, before, after in fields:
            shown = (_cell(before), _cell(after)) if short else (before, after)
            yield row | {"field": name, "before": shown[0], "after": shown[1]}
        if not fields:
            yield row | {"field": "", "before": None, "after": None}


def _whole(value: Any) -> str:
    """Return a value in words, line ends and all: what writes TSV or CSV sees to them. Parts that say nothing go."""
    if value is None or value in ("", [], {}):
        return "empty"
    if isinstance(value, list):
        return "; ".join(_whole(one) for one in value)
    if isinstance(value, dict):
        said = {key: one for key, one in value.items() if one is not None and one not in ([], {})}
        return "; ".join(f"{key}={_whole(one)}" for key, one in said.items())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return cell_text(value)


def _said(value: Any) -> str:
    return _whole(value).replace("\n", "\\n")


def _short(value: Any) -> str:
    text = _said(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _cell(value: Any) -> str:
    return "" if value is None or value in ("", [], {}) else _short(value)


def other_guids(done: ApplySummary) -> Iterator[str]:
    """Yield what is to be said of objects that have another GUID than their documents say."""
    if done.others:
        more = ", ..." if len(done.others) > MANY else ""
        yield f"their own GUID, not that of the document, keep: {', '.join(done.others[:MANY])}{more}"
