"""Software with its rules, and how far it was judged by them. Its rules are its own, else those of its package."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError
from itmsctl.packages.rows import packages
from itmsctl.software.rows import judgings, software
from itmsctl.software.rules import SoftwareRules, rules_of
from itmsctl.software.ruletexts import follows_time, is_digest_of, unreadable

RENEWED = timedelta(hours=1)
"""How long a judgement stands whose rules read the clock."""


class JudgedSoftware(NamedTuple):
    """Software with its rules; none where they can no longer be read, and then why.

    `after` is the id of the computer behind which it must be judged on all, by these rules; None where on no more.
    """

    id: int
    name: str
    rules: SoftwareRules | None
    why: str
    digest: str
    judged_by: str | None
    after: int | None


def resources_with_rules(reader: Reader) -> list[JudgedSoftware]:
    """Return all software that is managed with its rules."""
    found = []
    for row in reader.connection.execute(_texts().order_by(software.c.id)):
        rules, why, digest = None, "", unreadable(row.detect, row.applies)
        try:
            rules = rules_of(row.detect, row.applies)
            digest = rules.digest
        except InputError as error:
            why = error.message
        found.append(JudgedSoftware(row.id, row.name, rules, why, digest, row.judged_by, _after(reader, row, digest)))
    return found


def classes_asked(reader: Reader) -> frozenset[str]:
    """Return the data classes that rules of software read (hook)."""
    return frozenset().union(*(one.rules.classes for one in resources_with_rules(reader) if one.rules))


def any_unjudged(reader: Reader) -> bool:
    """Return whether any software must be judged on all computers, or on the rest of them; nothing is parsed."""
    return any(_must(reader, row) for row in reader.connection.execute(_texts()))


def _must(reader: Reader, row: Any) -> bool:
    return row.coming is not None or not is_digest_of(row.judged_by, row.detect, row.applies) or _is_old(reader, row)


def _after(reader: Reader, row: Any, digest: str) -> int | None:
    if row.coming == digest:
        return int(row.after_id or 0)
    return 0 if row.coming is not None or row.judged_by != digest or _is_old(reader, row) else None


def _is_old(reader: Reader, row: Any) -> bool:
    at: datetime | None = row.judged_at
    return follows_time(row.detect, row.applies) and (at is None or at + RENEWED <= reader.now)


def _texts() -> sa.Select[Any]:
    of, judged = software.c, judgings.c
    detect = sa.func.coalesce(of.detect, packages.c.detect, "").label("detect")
    applies = sa.func.coalesce(of.applies, "").label("applies")
    joined = software.outerjoin(packages, packages.c.id == of.package_id)
    joined = joined.outerjoin(judgings, judged.software_id == of.id)
    columns = (of.id, of.name, detect, applies, judged.judged_by, judged.judged_at, judged.coming, judged.after_id)
    return sa.select(*columns).select_from(joined).where(sa.not_(of.unmanaged))
