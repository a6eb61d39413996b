"""Cron expressions in wall time: five fields, read as Debian's cron reads them. cronsim does the matching.

Day of month and day of week are joined by "or", but by "and" where either begins with a star.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from itmsctl.errors import InputError
from itmsctl.values.names import did_you_mean

MAX_LENGTH = 200
NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_HINT = "five fields: minute hour day-of-month month day-of-week, such as '0 18 * * mon'"


def read_cron(text: str) -> str:
    """Return the one text of an expression: five fields with a space between.

    Raises InputError for what cron does not take, and for what never comes, such as 30 February.
    """
    if text.strip().startswith("@"):
        name = text.strip().casefold()
        if name not in NAMED:
            hint = (
                "--asap: once, when an item is put to use" if name == "@reboot" else did_you_mean(name, NAMED) or _HINT
            )
            raise InputError(f"`{text[:40]}` is not a cron expression", hint=hint)
        return NAMED[name]
    parts = text.split()
    if len(text) > MAX_LENGTH or len(parts) != 5:
        why = f"it has {len(parts)} fields" if len(parts) != 5 else f"more than {MAX_LENGTH} characters"
        raise InputError(f"`{text[:80]}` is not a cron expression", why=why, hint=_HINT)
    expression = " ".join(parts)
    if not _comes(expression):
        raise InputError(f"`{expression}` never comes", hint=_HINT)
    return expression


def cron_walls(expression: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the wall times of an expression: later than `after`, not later than `until`."""
    from cronsim import CronSim

    for wall in CronSim(expression, after):  # it begins a whole second after what it is given
        if wall > until:
            return
        yield wall


@lru_cache(maxsize=256)
def _comes(expression: str) -> bool:
    try:
        return _first(expression)
    except InputError:
        minute, hour, day, month, weekday = expression.split()
        with suppress(InputError):
            # The month alone is what it is refused for: 30 February is no wrong day in other months.
            if _first(f"0 0 1 {month} *") and _first(f"{minute} {hour} {day} * {weekday}"):
                return False
        raise


def _first(expression: str) -> bool:
    """Return whether an expression comes at all. Raises InputError for what the library does not take."""
    from cronsim import CronSim, CronSimError

    try:
        return next(CronSim(expression, datetime(2000, 1, 1)), None) is not None  # noqa: DTZ001 - wall time
    except (CronSimError, ValueError, AssertionError, IndexError) as error:
        raise InputError(
            f"`{expression}` is not a cron expression", why=str(error).casefold().replace("bad", "wrong"), hint=_HINT
        ) from None
