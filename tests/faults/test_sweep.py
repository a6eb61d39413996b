"""Samples of the sweep; the whole of it is `python -m tests.faults.sweep`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.injection import DISK_FULL, KILL, KILL_AT_SEND, KILLED, SYNC_FAILS, Fault
from tests.faults.jobs import Apply, FirstUse, Import, InventoryRun, Preallocate, Purge, Rekey, TaskRun, Undo
from tests.faults.on_postgres import PostgresReplicationRun
from tests.faults.replication_jobs import ReplicationReceive, ReplicationRun
from tests.faults.sweep import sweep
from tests.servers.postgres import PostgresServer


def test_an_import_killed_at_a_sync_is_all_or_nothing(strace: str, tmp_path: Path) -> None:
    points = list(sweep(Import(tmp_path / "import"), KILL, every=2))
    assert {point.left for point in points} <= {"all", "nothing"}
    assert len(points) >= 3


def test_an_apply_killed_at_a_sync_is_before_or_after(strace: str, tmp_path: Path) -> None:
    points = list(sweep(Apply(tmp_path / "apply"), KILL, every=3))
    assert {point.left for point in points} <= {"all", "nothing"}
    assert len(points) >= 2


def test_a_first_use_killed_at_a_sync_is_before_or_after(strace: str, tmp_path: Path) -> None:
    points = list(sweep(FirstUse(tmp_path / "first-use"), KILL, first=2, every=2))
    assert len(points) >= 2


def test_an_undo_killed_at_a_sync_is_all_or_nothing(strace: str, tmp_path: Path) -> None:
    points = list(sweep(Undo(tmp_path / "undo"), KILL, first=2, every=3))
    assert {point.left for point in points} <= {"all", "nothing"}
    assert len(points) >= 2


def test_a_vault_killed_at_a_sync_of_rekeying_has_one_key(strace: str, tmp_path: Path) -> None:
    points = list(sweep(Rekey(tmp_path / "rekey"), KILL, every=3))
    assert {point.left for point in points} <= {"all", "nothing"}
    assert len(points) >= 2


def test_a_purge_killed_at_a_sync_has_done_whole_batches(strace: str, tmp_path: Path) -> None:
    points = list(sweep(Purge(tmp_path / "purge"), KILL, every=3))
    assert {point.left for point in points} <= {"all", "tombstones", "nothing"}
    assert len(points) >= 2


@pytest.mark.parametrize("job", [ReplicationRun, ReplicationReceive], ids=lambda job: job.name)
def test_replication_killed_at_a_sync_arrives_once(strace: str, tmp_path: Path, job: type[ReplicationRun]) -> None:
    points = list(sweep(job(tmp_path / "replication"), KILL, first=3, every=9))
    assert {point.left for point in points} <= {"all", "nothing"}
    assert points


def test_replication_killed_at_a_message_to_postgres_arrives_once(
    strace: str, postgres_server: PostgresServer, postgres_template: str, tmp_path: Path
) -> None:
    job = PostgresReplicationRun(tmp_path / "replication", postgres_server, postgres_template)
    point = next(sweep(job, KILL_AT_SEND, first=480))
    job.drop_template()
    assert point.status == KILLED


@pytest.mark.parametrize(("fault", "every"), [(KILL, 2), (DISK_FULL, 700)], ids=["kill", "ENOSPC"])
def test_room_is_reserved_whole_or_not_at_all(strace: str, tmp_path: Path, fault: Fault, every: int) -> None:
    points = list(sweep(Preallocate(tmp_path / "preallocate"), fault, every=every))
    assert {point.left for point in points} <= {"all", "nothing"}
    assert "nothing" in {point.left for point in points}


def test_a_run_killed_at_a_sync_has_one_effect_and_the_true_status(task_run: TaskRun) -> None:
    points = list(sweep(task_run, KILL, first=7, every=9))
    assert len(points) >= 2
    assert {point.status for point in points} == {KILLED}


def test_an_inventory_killed_at_a_sync_is_stored_with_its_result_or_not_at_all(inventory_run: InventoryRun) -> None:
    points = list(sweep(inventory_run, KILL, first=12, every=9))
    assert {point.status for point in points} == {KILLED}


@pytest.mark.parametrize(("fault", "every"), [(SYNC_FAILS, 4), (DISK_FULL, 60)], ids=["EIO", "ENOSPC"])
def test_a_disk_that_fails_leaves_no_half_import(strace: str, tmp_path: Path, fault: Fault, every: int) -> None:
    points = list(sweep(Import(tmp_path / "import"), fault, every=every))
    assert 11 in {point.status for point in points}


@pytest.mark.parametrize(("fault", "every"), [(SYNC_FAILS, 10), (DISK_FULL, 130)], ids=["EIO", "ENOSPC"])
def test_a_disk_that_fails_loses_no_remote_work(task_run: TaskRun, fault: Fault, every: int) -> None:
    points = list(sweep(task_run, fault, first=every, every=every))
    assert 11 in {point.status for point in points}
