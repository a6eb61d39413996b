"""The texts of rules as they are stored, and how far software was judged by them: a look that parses nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.packages.rows import packages
from itmsctl.software.rows import judgings, software
from itmsctl.software.ruletexts import follows_time, is_digest_of

RENEWED = timedelta(hours=1)
"""How long a judgement stands whose rules read the clock."""


def any_unjudged(reader: Reader) -> bool:
    """Return whether any software must be judged on all computers, or on the rest of them; nothing is parsed."""
    return any(_must(reader, row) for row in reader.connection.execute(rule_texts()))


def _must(reader: Reader, row: Any) -> bool:
    return row.coming is not None or not is_digest_of(row.judged_by, row.detect, row.applies) or is_old(reader, row)


def is_old(reader: Reader, row: Any) -> bool:
    """Return whether software must be judged again since its rules read the clock."""
    at: datetime | None = row.judged_at
    return follows_time(row.detect, row.applies) and (at is None or at + RENEWED <= reader.now)


def rule_texts() -> sa.Select[Any]:
    """Return the statement for the rules of all software that is managed, each with how far it was judged."""
    of, judged = software.c, judgings.c
    detect = sa.func.coalesce(of.detect, packages.c.detect, "").label("detect")
    applies = sa.func.coalesce(of.applies, "").label("applies")
    joined = software.outerjoin(packages, packages.c.id == of.package_id)
    joined = joined.outerjoin(judgings, judged.software_id == of.id)
    columns = (of.id, of.name, detect, applies, judged.judged_by, judged.judged_at, judged.coming, judged.after_id)
    return sa.select(*columns).select_from(joined).where(sa.not_(of.unmanaged))
