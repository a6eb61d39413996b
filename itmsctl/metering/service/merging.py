"""What becomes of the use of programs when two computers turn out to be one: the one that stays takes it over."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.metering.rows import metered_parts, metering_states, usage_days, usage_events, usages


def hand_over(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Move what was used on the other computer to the one that stays (event `computers_merged`).

    Where both have a program, or a day of it, the one that stays keeps its own: its logs tell of the same machine.
    """
    kept, lost = computers
    for table in (metering_states, metered_parts, usages, usage_days, usage_events):
        key = [column for column in table.primary_key.columns if column.name != "computer_id"]
        other = table.alias("other")
        same = sa.and_(other.c.computer_id == kept, *(other.c[column.name] == column for column in key))
        moved = sa.update(table).where(table.c.computer_id == lost, ~sa.exists().where(same).correlate(table))
        unit.connection.execute(moved.values(computer_id=kept))
    derived.rows_changed(unit, usages.name, [kept])
