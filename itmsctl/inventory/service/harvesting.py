"""What computers answered is stored: in the unit of work of their results, a bounded part at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.delta import report
from itmsctl.inventory.service.class_rows import ClassRows
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.filling import Telling, fill
from itmsctl.inventory.service.harvest import SOURCE, Harvest
from itmsctl.inventory.service.hypervisors import relate_virtual_machines
from itmsctl.inventory.service.primary_users import relate_primary_users
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.subjects import subject_of
from itmsctl.inventory.told import Told

_TELLING = (
    "identification", "operating_system", "network_interfaces", "interface_addresses", "hardware", "virtual_guest",
)  # fmt: skip
_OVERTAKEN = "two runs read it at once, and the other one was stored first: the next run asks for it again"
AT_ONCE = 4 << 20  # bytes of lines that are stored at once: memory holds several times as much


def store_harvests(unit: UnitOfWork, brought: Sequence[tuple[int, Harvest]]) -> None:
    """Store what computers brought, and fill in what the CMDB itself keeps of them.

    It may be called again for the same: equal data change nothing.
    """
    batch: dict[int, Told] = {}
    size = 0
    for computer, harvest in brought:
        for weight, told in harvest.tellings():
            if batch and (computer in batch or size + weight > AT_ONCE):
                _store(unit, batch)
                batch, size = {}, 0
            batch[computer] = told
            size += weight
    if batch:
        _store(unit, batch)


def _store(unit: UnitOfWork, batch: dict[int, Told]) -> None:
    stored = store_told(unit, list(batch.items()))
    missed = [(one.computer_id, dict.fromkeys(one.misfits, _OVERTAKEN)) for one in stored if one.misfits]
    if missed:
        store_told(unit, [(id_, Told(SOURCE, batch[id_].collected_at, {}, why)) for id_, why in missed])
    there = {one.computer_id for one in stored if not one.is_gone}
    tellings = []
    for computer, told in batch.items():
        rows = _telling_rows(unit, computer, told) if computer in there else {}
        if rows:
            tellings.append(Telling(computer, subject_of(rows), SOURCE, told.collected_at))
    if tellings:
        fill(unit, tellings)
    known = [(computer, told) for computer, told in batch.items() if computer in there]
    relate_primary_users(unit, known)
    relate_virtual_machines(unit, known)


def _telling_rows(unit: UnitOfWork, computer: int, told: Told) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that tell who a computer is, of classes that were told now, in their one form.

    What differs is only a part of its rows, so those that were stored are read.
    """
    found = {}
    for name in _TELLING:
        if name in told.classes:
            found[name] = [dict(row) for row in report(data_class(name), told.classes[name]).rows.values()]
        elif name in told.deltas:
            rows = ClassRows(unit.connection, data_class(name)).of_computer(computer)
            found[name] = [dict(row.values) for _, row in rows]
    return found
