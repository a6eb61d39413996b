"""From what a computer answered to events of programs, and to the place where its logs are read on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itmsctl.inventory.told import DENY_EVENT, RUNNING, START, STOP, UsageEvent
from itmsctl.metering.accounting import EndedProcess, ended_processes, is_accounting
from itmsctl.metering.answer import KINDS, LogPart, NamedProgram, UsageAnswer
from itmsctl.metering.audit_log import audited_starts

_DELETED = " (deleted)"
_SLACK = timedelta(seconds=3)  # processes begin in whole seconds
_READ_FOR = timedelta(minutes=20)  # a reading takes no longer
_KERNEL_TEXT = ("/memfd:", "/proc/", "/dev/")
_UNKNOWN = NamedProgram("")


@dataclass(frozen=True)
class ReadUsage:
    """Events that logs tell, where to read on, and what could not be read."""

    events: tuple[UsageEvent, ...]
    positions: dict[str, Any]
    unread: str | None
    behind: bool


def names_in(answer: UsageAnswer) -> Iterator[str]:
    """Yield the names of the programs that accounting tells of, since it says not where they are, and other paths."""
    for part in _of(answer, "accounting"):
        yield from (one.name for one in ended_processes(part.data) if not one.ran_nothing)
    yield from (path for _, path in _running_paths(answer))
    for one in _of_audit(answer, {}):
        yield one.path


def read_usage(
    answer: UsageAnswer, held: Mapping[str, Any], programs: Mapping[str, NamedProgram], at: datetime
) -> ReadUsage:
    """Return what an answer tells. `held` is what the last reading left, `programs` where names are."""
    unread = dict(answer.unread)
    events: list[UsageEvent] = []
    ended = list(_ended(answer, unread))
    since = _moment(held.get("ended_at")) if "accounting" in answer.lost else None
    events += _of_accounting(ended, held, answer, programs, since)
    has_accounting = any(part.kind == "accounting" for part in answer.parts)
    since = _moment(held.get("audited_at")) if "audit" in answer.lost else None
    audited = [one for one in _of_audit(answer, programs) if since is None or one.at > since]
    events += [one for one in audited if one.event == DENY_EVENT or not has_accounting]
    events += _running(answer, programs, at)
    if has_accounting:
        unread.pop("audit", None)
    elif any(part.kind == "audit" for part in answer.parts):
        unread.pop("accounting", None)
    positions = _positions(answer, held, at)
    positions |= _newest("ended_at", (one.ended for one in ended), held)
    positions |= _newest("audited_at", (one.at for one in audited), held)
    why = "; ".join(f"{kind}: {text}" for kind, text in sorted(unread.items())) or None
    return ReadUsage(tuple(events), positions, why, bool(answer.behind))


def _of(answer: UsageAnswer, kind: str) -> Iterator[LogPart]:
    return (part for part in answer.parts if part.kind == kind)


def _ended(answer: UsageAnswer, unread: dict[str, str]) -> Iterator[EndedProcess]:
    for part in _of(answer, "accounting"):
        if part.data and not is_accounting(part.data):
            unread["accounting"] = "its records are of another version than 3 of Linux"
            continue
        yield from ended_processes(part.data)


def _of_accounting(
    ended: list[EndedProcess],
    held: Mapping[str, Any],
    answer: UsageAnswer,
    programs: Mapping[str, NamedProgram],
    since: datetime | None,
) -> Iterator[UsageEvent]:
    ours = _our_own(ended, held)
    for one in ended:
        if one.ran_nothing or not one.name or (since is not None and one.ended <= since):
            continue
        if (one.process, one.began) in ours:
            continue
        named = programs.get(one.name, _UNKNOWN)
        start = UsageEvent(
            START,
            one.began,
            named.path.rpartition("/")[2] or one.name,
            named.path,
            named.product,
            version=named.version,
            user=answer.users.get(one.uid, str(one.uid)),
            process=one.process,
        )
        yield start
        yield replace(start, event=STOP, at=one.ended, seconds=one.seconds)


def _our_own(ended: list[EndedProcess], held: Mapping[str, Any]) -> set[tuple[int, datetime]]:
    """Return the processes of the last readings: what we started ourselves is nobody's use."""
    found: set[tuple[int, datetime]] = set()
    for reading in held.get("own") or ():
        try:
            roots, begun = {int(one) for one in reading[0]}, datetime.fromtimestamp(reading[1], UTC)
        except (TypeError, ValueError, IndexError, OverflowError, OSError):
            continue
        near = [one for one in ended if begun - _SLACK <= one.began <= begun + _READ_FOR]
        parents = {one.process: one.parent for one in near}
        found |= {(one.process, one.began) for one in near if _descends(one.process, parents, roots)}
    return found


def _descends(process: int, parents: Mapping[int, int], roots: set[int]) -> bool:
    for _ in range(32):
        if process in roots:
            return True
        if process not in parents:
            return False
        process = parents[process]
    return False


def _of_audit(answer: UsageAnswer, programs: Mapping[str, NamedProgram]) -> Iterator[UsageEvent]:
    for part in _of(answer, "audit"):
        for one in audited_starts(part.data.decode("utf-8", "replace")):
            user = "" if one.uid is None else answer.users.get(one.uid, str(one.uid))
            event = DENY_EVENT if one.denied else START
            yield replace(_at_path(event, one.at, one.path, programs), user=user, process=one.process)


def _running(answer: UsageAnswer, programs: Mapping[str, NamedProgram], at: datetime) -> Iterator[UsageEvent]:
    for user, path in _running_paths(answer):
        yield replace(_at_path(RUNNING, at, path, programs), user=user)


def _running_paths(answer: UsageAnswer) -> Iterator[tuple[str, str]]:
    for user, path in answer.running:
        plain = path.removesuffix(_DELETED)
        if not plain.startswith(_KERNEL_TEXT):
            yield user, plain


def _at_path(event: str, at: datetime, path: str, programs: Mapping[str, NamedProgram]) -> UsageEvent:
    named = programs.get(path, _UNKNOWN)
    return UsageEvent(event, at, path.rpartition("/")[2], path, named.product, version=named.version)


def _positions(answer: UsageAnswer, held: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return where each log is read on: behind the last part of it, or where it was."""
    found = {kind: held[kind] for kind in KINDS if kind in held}
    for part in answer.parts:
        found[part.kind] = [part.mark, part.begin + part.count]
    readings = [one for one in held.get("own") or () if isinstance(one, list)]
    own = [one for one in answer.own if one > 1]
    begun = answer.at or int(at.timestamp())
    return {**found, "own": [*readings[-2:], [own, begun]]}


def _newest(name: str, moments: Iterable[datetime], held: Mapping[str, Any]) -> dict[str, str]:
    known = _moment(held.get(name))
    newest = max((one for one in (*moments, known) if one is not None), default=None)
    return {} if newest is None else {name: newest.isoformat()}


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
