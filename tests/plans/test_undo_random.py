"""Any changes of any kinds in one change-set, undone, leave what was before; undoing that, what was after."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import chain
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.types import canonical
from itmsctl.plans.service import undo as service
from itmsctl.targeting.service import update
from tests.plans.random_estate import Estate, dump, stored_kinds

OPERATIONS = 200


def last_seq(store: Store) -> str:
    with store.read() as reader:
        return str(reader.connection.exec_driver_sql("SELECT max(seq) FROM change_set").scalar())


def dumped(store: Store) -> dict[str, Any]:
    with store.read() as reader:
        assert_history_holds_the_present(reader)
        return dump(reader)


def assert_history_holds_the_present(reader: Any) -> None:
    """Check that the last document that history keeps of an object is the object; its revision counts its writes."""
    rows = reader.rows(
        sa.select(changes.c.kind, changes.c.guid, changes.c.action, changes.c.after)
        .join(change_sets, change_sets.c.id == changes.c.change_set)
        .order_by(change_sets.c.seq, changes.c.ord)
    )
    last: dict[tuple[str, str], Any] = {}
    writes = Counter[tuple[str, str]]()
    for kind, guid, action, after in rows:
        last[kind, guid] = None if after is None else json.loads(after)
        writes[kind, guid] += action != "removed"
    for kind in stored_kinds():
        docs = {doc.guid: doc for doc in kind.load_shelf().list(reader)}
        assert {guid: doc.revision for guid, doc in docs.items()} == {guid: writes[kind.name, guid] for guid in docs}
        kept = {guid: document for (name, guid), document in last.items() if name == kind.name and document}
        present = {guid: json.loads(canonical(doc.document())) for guid, doc in docs.items()}
        assert {g: canonical(d) for g, d in present.items()} == {g: canonical(d) for g, d in kept.items()}


SEEDS = [17, 226, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, *range(100, 110)))]


@pytest.mark.parametrize("seed", SEEDS)
def test_undone_it_is_as_before_and_undone_again_as_after(store: Store, seed: int) -> None:
    estate = Estate(seed)
    store.write(lambda unit: estate.run(unit, 60))  # something to change
    before, estate.makes_credentials = dumped(store), False
    store.write(lambda unit: estate.run(unit, OPERATIONS))
    seq, after = last_seq(store), dumped(store)
    assert before != after
    store.write(lambda unit: service.undo(unit, seq))
    assert dumped(store) == before
    seq = last_seq(store)
    store.write(lambda unit: service.undo(unit, seq))
    assert dumped(store) == after
    run = store.write(update.delta)
    drift = store.write(update.complete)
    assert (drift.added, drift.removed) == (0, 0), run
    with store.read() as reader:
        assert chain.verify(reader.connection) == int(last_seq(store))
