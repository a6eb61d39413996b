"""A driver whose database was restored under it: another run may have its id, number and token by then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.tasks.rows import members, runs
from itmsctl.values.names import new_guid
from tests.conftest import Run
from tests.tasks.halting import NAMES, Halting


@pytest.mark.parametrize("stopped", [False, True])
def test_a_driver_leaves_a_run_alone_that_is_another_one(
    db: str,
    environment: dict[str, str],
    ok: Run,
    local: Callable[..., None],
    tmp_path: Path,
    store: Store,
    stopped: bool,
) -> None:
    local(*NAMES, "web3", "web4", "web5", "web6")
    halting = Halting(db, environment, tmp_path)
    halting.prepare(ok)
    halting.start("job", "run", "j", "--all", "--transport", "local", "--concurrency", str(len(NAMES)))
    other = new_guid()
    store.write(lambda unit: unit.connection.execute(sa.update(runs).values(guid=other)))
    before = _states(store)
    if stopped:
        halting.signal(2)
    halting.go()
    code, said = halting.end()
    assert (halting.did("s"), halting.did("n"), halting.did("f")) == (len(NAMES), 0, 0)  # no further step began
    assert (code, "R-1 is not in the database any more" in said) == (130 if stopped else 10, True), said
    assert _states(store) == before
    with store.read() as reader:
        row = reader.rows(sa.select(runs))[0]
    assert (row.guid, row.state, row.owner is not None) == (other, "running", True)


def _states(store: Store) -> dict[str, tuple[str, int]]:
    with store.read() as reader:
        return {row.computer_name: (row.state, row.token) for row in reader.rows(sa.select(members))}
