"""The largest example at a small size; whole it is `python -m tests.bench.largest_hierarchy`."""

from __future__ import annotations

from pathlib import Path

from itmsctl.cmdb.store import Store
from tests.bench.largest_hierarchy import measured
from tests.bench.replication import RunCost, run_one


def _here(of: Store) -> RunCost:
    return run_one(str(of.place.path), of.seen.folder, complete=False)


def test_items_and_a_changed_policy_reach_all_children(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert measured(tmp_path, 20, 2, 5, _here, up=True) == []
