"""A sample of the benchmark of storing: how many rows a whole inventory, the same again, and a changed one write."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.inventory.service.storing import store_told
from tests.bench.estate import add_computers
from tests.bench.inventoried import BEGIN, OTHERS, SINGLE, SOFTWARE, Estate
from tests.conftest import FrozenClock


def test_what_a_computer_tells_is_written_once(store: Store, clock: FrozenClock) -> None:
    clock.moment = BEGIN + timedelta(days=1)
    ids, estate = add_computers(store, 3), Estate()
    wrote: list[Counter[str]] = []
    for hours, changed in enumerate((False, False, True)):
        at = BEGIN + timedelta(hours=hours)
        batch = [(id_, estate.told(n, changed=changed, at=at)) for n, id_ in enumerate(ids)]
        found = store.write(lambda unit, batch=batch: store_told(unit, batch))  # type: ignore[misc]
        classes = [one for report in found for one in report.classes.values()]
        wrote.append(
            Counter(
                added=sum(one.added for one in classes),
                changed=sum(one.changed for one in classes),
                removed=sum(one.removed for one in classes),
            )
        )
    whole = 3 * (SOFTWARE + OTHERS + SINGLE)
    assert wrote == [Counter(added=whole), Counter(), Counter(changed=12)]
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM inventory_closed")) == 12
        assert reader.scalar(sa.text("SELECT count(*) FROM inv_software")) == 3 * SOFTWARE
