"""What a schedule or window says of when: one of nine ways, and the bounds that it keeps within."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from itmsctl.errors import FieldError, InputError
from itmsctl.schedules import cron, rule_text, rules, spoken
from itmsctl.schedules.rule import Recurrence
from itmsctl.schedules.walltime import moment_of, read_time, wall_of, write_time
from itmsctl.values.names import check_name
from itmsctl.values.naming import naming

ONCE, DAILY, WEEKLY, MONTHLY, INTERVAL, CRON, RRULE, ASAP, EVENT = (
    "once", "daily", "weekly", "monthly", "interval", "cron", "rrule", "asap", "event",
)  # fmt: skip
# The field that says each, which is also its option, less its unit.
WAYS = {
    "at": ONCE,
    "daily": DAILY,
    "weekly": WEEKLY,
    "monthly": MONTHLY,
    "every_s": INTERVAL,
    "cron": CRON,
    "rrule": RRULE,
    "asap": ASAP,
    "event": EVENT,
}
LEAST_S, MOST_S = 60, 10 * 366 * 86400
BOUNDS = ("not_before", "not_after")
_SPOKEN = {"daily": spoken.daily, "weekly": spoken.weekly, "monthly": spoken.monthly}
_STARTED = {INTERVAL, RRULE}
_LONG_AGO = datetime(1970, 1, 5)  # noqa: DTZ001 - wall time; a Monday, before anything that is scheduled


@dataclass(frozen=True, slots=True)
class Timing:
    """When something is due. Times without an offset are wall times in the zone that it is asked for.

    `start` is where an interval or a rule begins, and the moment at which ASAP was put to use.
    """

    way: str
    said: str
    rule: Recurrence | None = None
    cron: str = ""
    every: timedelta | None = None
    at: datetime | None = None
    start: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None

    def put_to_use(self, moment: datetime) -> Timing:
        """Return the timing of an item that is put to use at a moment: ASAP is due then."""
        return replace(self, start=moment) if self.way == ASAP else self

    def bounds(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """Return the first and last moment at which it may be due; None where it is not bound."""
        ends = [self.not_after, self.rule.until if self.rule else None]
        last = [moment_of(end, zone) for end in ends if end is not None]
        first = None if self.not_before is None else moment_of(self.not_before, zone)
        return first, min(last, default=None)

    def walls(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the wall times of a rule or a cron expression, later than `after`, not later than `until`."""
        if self.rule is None:
            return cron.cron_walls(self.cron, after, until)
        start = self.start or _LONG_AGO
        return rules.walls(self.rule, wall_of(start, zone) if start.tzinfo else start, after, until)


# --- reading ----------------------------------------------------------------------------------------------------------


def way_of(fields: Mapping[str, Any]) -> str | None:
    """Return the field that says when; None where none does.

    Raises FieldError for two of them.
    """
    given = [name for name in WAYS if fields.get(name)]
    if len(given) > 1:
        raise FieldError(f"{_flag(given[0])} and {_flag(given[1])} contradict each other", hint=ask(fields)).about(
            given[0]
        )
    return given[0] if given else None


def ask(fields: Mapping[str, Any]) -> str:
    """Say which options say when, of those that the noun has."""
    return "give one of " + ", ".join(_flag(name) for name in WAYS if name in fields or not fields)


def canonical(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say when, each in its one text.

    Raises InputError that says what is wrong, and offers what is near.
    """
    found: dict[str, Any] = {}
    for name, read in _READ.items():
        if fields.get(name):
            with naming(name):
                found[name] = read(fields[name])
    return found


def timing_of(fields: Mapping[str, Any]) -> Timing:
    """Return the timing that whole, canonical fields say.

    Raises FieldError where they say none, more than one, or what does not go together; InputError for a rule that
    never comes.
    """
    field = way_of(fields)
    if field is None:
        raise FieldError("when? no option says it", hint=ask(fields))
    way, value = WAYS[field], fields[field]
    start, before, after = (read_time(fields[n]) if fields.get(n) else None for n in ("start", *BOUNDS))
    if start is not None and way not in _STARTED:
        raise FieldError(
            f"--start does not go with {_flag(field)}", hint="--not-before says when it may first be due"
        ).about("start")
    if before is not None and after is not None and _stated(before) > _stated(after):
        raise FieldError("--not-before is later than --not-after", hint="change one of them").about("not_before")
    timing = Timing(way, _said(way, value), start=start, not_before=before, not_after=after)
    if field in _SPOKEN:
        return replace(timing, rule=_SPOKEN[field](value)[0])
    if way == RRULE:
        return _ruled(timing, value)
    if way == INTERVAL:
        return replace(timing, every=timedelta(seconds=value))
    if way == CRON:
        return replace(timing, cron=value)
    return replace(timing, at=read_time(value)) if way == ONCE else timing


def _ruled(timing: Timing, text: str) -> Timing:
    rule, start = rule_text.read_rule(text)
    if start is not None and timing.start is not None and start != timing.start:
        raise FieldError("--start and the rule's DTSTART contradict each other", hint="leave one of them out").about(
            "start"
        )
    begin = start or timing.start
    if not rules.comes(rule, (begin or _LONG_AGO).replace(tzinfo=None)):
        raise InputError(f"`{text}` never comes").about("rrule")
    return replace(timing, rule=rule, start=begin)


def says_start(rrule: str) -> bool:
    """Return whether a rule says its own DTSTART."""
    return rule_text.read_rule(rrule)[1] is not None


def _seconds(value: float) -> int:
    if value != int(value) or not LEAST_S <= value <= MOST_S:
        raise InputError(f"--every does not take {value:g} s", hint="whole seconds, from 1m to ten years")
    return int(value)


def _rule(text: str) -> str:
    written = rule_text.write_rule(text)
    rule_text.read_rule(written)
    return written


def _time(text: str) -> str:
    return write_time(read_time(text))


# How the one text of each is read from what people write.
_READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("at", "start", *BOUNDS), _time),
    "daily": lambda text: spoken.daily(text)[1],
    "weekly": lambda text: spoken.weekly(text)[1],
    "monthly": lambda text: spoken.monthly(text)[1],
    "cron": cron.read_cron,
    "rrule": _rule,
    "event": lambda text: check_name(text, "event"),
    "every_s": _seconds,
}


def _said(way: str, value: Any) -> str:
    if way == INTERVAL:
        return f"every {span(value)}"
    return {ONCE: f"once, {value}", ASAP: "once, as soon as possible", EVENT: f"on {value}"}.get(way, f"{way} {value}")


def span(seconds: float) -> str:
    """Say a number of seconds as people write it: `1d12h`."""
    left, text = int(seconds), ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _flag(field: str) -> str:
    return "--on" if field == "event" else "--" + field.removesuffix("_s")


def _stated(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
