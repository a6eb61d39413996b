"""`db purge`: counts, batches, what stays, and that dry run, settings and the task kind tell the same story."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.admin import retention
from itmsctl.admin.service import purging
from itmsctl.cli.configuration import SETTINGS
from itmsctl.cmdb import audit, chain, checkpoint
from itmsctl.cmdb.store import Store
from itmsctl.errors import InputError
from itmsctl.tasks.actions.purge import KEEP
from itmsctl.tasks.rows import runs
from itmsctl.tasks.service import purging as of_runs
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants


def counted(store: Store, *tables: str) -> list[int]:
    with store.read() as reader:
        return [reader.scalar(sa.select(sa.func.count()).select_from(sa.table(t))) for t in tables]


@pytest.fixture
def past(task_run: Run, ok: Run, local: Callable[..., None], clock: FrozenClock) -> None:
    """Three runs: 40 days, 10 days and an hour ago."""
    local("web1", "web2")
    clock.forward(hours=1)
    for days in (30, 10, 0):
        assert task_run("--command", f"echo {days} $ITMS_X", "--all", "--param", f"x={days}").code == 0
        clock.forward(days=days, hours=1)


def removed(result: object) -> dict[str, dict[str, int]]:
    return {row["name"]: row["counts"] for row in result.json}  # type: ignore[attr-defined]


def test_a_dry_run_counts_what_a_purge_then_removes(past: None, ok: Run, store: Store) -> None:
    argv = ("db", "purge", "--runs", "30d", "--outputs", "5d", "--changes", "5d", "-o", "json")
    before = counted(store, "run", "run_output", "blob", "change_set", "change", "chain_checkpoint")
    would = removed(ok(*argv, "--dry-run"))
    assert counted(store, "run", "run_output", "blob", "change_set", "change", "chain_checkpoint") == before
    done = removed(ok(*argv, "--yes"))
    assert (done["outputs"], done["blobs"]) == ({"outputs": 4}, {"blobs": 2, "bytes": 12})
    assert done["runs"] == {"runs": 1, "rows": 4, "markers": 2}
    for name in ("outputs", "blobs", "changes"):
        assert would[name] == done[name]
    assert would["runs"] == {"runs": 1, "rows": 4}
    assert counted(store, "run", "run_output", "blob", "chain_checkpoint") == [2, 2, 1, 1]
    assert "purged" in ok("audit", "verify").err
    ok("db", "check")
    assert_invariants(store)
    again = removed(ok(*argv, "--yes"))
    assert not any(again[name] for name in ("outputs", "runs", "blobs"))


def test_an_open_run_keeps_itself_and_the_audit_since_it_began(
    past: None, ok: Run, store: Store, clock: FrozenClock
) -> None:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        connection.execute(sa.update(runs).where(runs.c.number == 1).values(state="interrupted", ended_at=None))
        connection.commit()
    clock.forward(days=400)
    ok("db", "purge", "--runs", "1d", "--changes", "1d", "--yes")
    assert counted(store, "run", "run_computer") == [1, 2]
    with store.read() as reader:
        (began,) = reader.connection.execute(sa.select(runs.c.created_at)).scalars()
        start = audit.horizon(reader.connection).at
    assert start is not None
    assert start < began
    with store.read() as reader:
        assert chain.verify(reader.connection) > 0


def test_what_was_purged_is_said_to_be(ok: Run, run: Run, clock: FrozenClock) -> None:
    ok("site", "add", "rome")
    ok("site", "set", "rome", "--region", "Lazio")
    clock.forward(days=3)
    ok("site", "add", "oslo")
    ok("db", "purge", "--changes", "1d", "--yes", "--reason", "spring")
    shown = run("audit", "show", "2")
    assert (shown.code, "change-set 2 was purged" in shown.err, "audit show 3" in shown.err) == (5, True, True)
    assert run("audit", "show", "99").code == 5
    gone = run("history", "site", "rome")
    assert (gone.code, "purged" in gone.err) == (5, True)
    kept = ok("history", "site", "oslo")
    assert ("purged" in kept.err, len(kept.out.splitlines())) == (False, 1)
    ok("site", "set", "rome", "--region", "Rome")
    assert "what happened before" in ok("history", "site", "rome").err
    header = ok("audit", "show", "4", "-o", "json").json
    assert header["reason"] == "spring"
    assert header["changes"][0]["object"] == "checkpoint change-set 2"


def test_nothing_goes_unless_told(ok: Run, run: Run, environment: dict[str, str]) -> None:
    ok("site", "add", "rome")
    assert (run("db", "purge").code, run("db", "purge", "--yes").code) == (2, 2)
    assert run("db", "purge", "--configured", "--yes").code == 2
    assert run("db", "purge", "--runs", "90d").code == 2, "it wants a yes"
    assert run("db", "purge", "--runs", "90d", terminal=True, stdin="n\n").code == 9
    for bad, code in (("1m", 3), ("soon", 3), ("-1d", 3), ("1000y", 3)):
        assert run("db", "purge", "--runs", bad, "--yes").code == code, bad
    folder = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('keep_runs = "90d"\nkeep_tombstones = "2y"\n')
    rows = ok("db", "purge", "--configured", "--outputs", "30d", "--yes", "-o", "json").json
    assert [row["name"] for row in rows] == ["outputs", "runs", "tombstones", "blobs"]
    (folder / "config.toml").write_text('keep_runs = "soon"\n')
    assert run("db", "purge", "--configured", "--yes").code == 3


def test_tombstones(ok: Run, store: Store, clock: FrozenClock) -> None:
    for name in ("rome", "oslo"):
        ok("site", "add", name)
        ok("site", "remove", name, "--confirm", name)
        clock.forward(days=10)
    assert removed(ok("db", "purge", "--tombstones", "15d", "--yes", "-o", "json")) == {"tombstones": {"tombstones": 1}}
    assert counted(store, "tombstone") == [1]


def test_members_after_the_horizon_are_as_before(ok: Run, run: Run, clock: FrozenClock, store: Store) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    moments = []
    for name in ("a", "b", "c", "d", "e", "f"):
        ok("computer", "add", name, "--os-family", "linux")
        if name in "ce":
            ok("computer", "set", chr(ord(name) - 1), "--os-family", "windows")
        if name == "d":
            ok("computer", "remove", "a", "--yes")
        ok("membership", "update")
        moments.append(f"{clock():%Y-%m-%dT%H:%M:%S}Z")
        clock.forward(days=1)

    def members() -> list[str]:
        return [ok("filter", "members", "linux", "--as-of", at, "-o", "name").out for at in moments[3:]]

    before = members()
    assert len(set(before)) == 3
    would = removed(ok("db", "purge", "--memberships", "3d", "--dry-run", "-o", "json"))
    done = removed(ok("db", "purge", "--memberships", "3d", "--yes", "-o", "json"))
    assert would == done
    assert done["memberships"]["members"] > 0
    assert members() == before
    refused = run("filter", "members", "linux", "--as-of", moments[0])
    assert (refused.code, "PURGED" in refused.err) == (5, True)
    assert removed(ok("db", "purge", "--memberships", "3d", "--yes", "-o", "json")) == {"memberships": {}}
    ok("membership", "update", "--complete")


def test_batches_are_units_of_their_own(past: None, ok: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_runs, "_RUNS", 1)
    (before,) = counted(store, "change_set")
    rows = ok("db", "purge", "--runs", "1d", "--yes", "-o", "json").json
    assert [(row["name"], row["batches"]) for row in rows] == [("runs", 2), ("blobs", 1)]
    assert counted(store, "change_set") == [before + 3]
    ok("audit", "verify")


def test_one_batch_that_fails_leaves_those_before_it(past: None, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_runs, "_RUNS", 1)
    real, calls = of_runs._purge_runs, []

    def breaks(unit: object, before: object, cursor: object) -> retention.Removed:
        calls.append(1)
        found = real(unit, before, cursor)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise RuntimeError("half way")
        return found

    monkeypatch.setattr(of_runs, "_purge_runs", breaks)
    with pytest.raises(RuntimeError):
        list(purging.purge(store, {"runs": timedelta(days=1).total_seconds()}))
    assert counted(store, "run", "run_computer") == [2, 4]
    assert_invariants(store)


def test_each_class_has_its_setting_its_option_and_its_argument(store: Store) -> None:
    assert set(KEEP) == set(retention.CLASSES)
    named = {name for name in SETTINGS if name.startswith("keep_")} - {"keep_inventory_classes"}
    assert {f"keep_{name}" for name in retention.CLASSES} == named
    purged = [one.name for one in purging._classes(store)]  # several rooms may have rows of one class
    assert list(dict.fromkeys(purged)) == list(retention.CLASSES)
    with pytest.raises(InputError):
        list(purging.purge(store, {"everything": 1e9}))


def test_every_table_of_a_run_is_purged_with_it(store: Store) -> None:
    with store.read() as reader:
        inspector = sa.inspect(reader.connection)
        owned = {
            name
            for name in inspector.get_table_names()
            if name.startswith("run_") and "run_id" in {c["name"] for c in inspector.get_columns(name)}
        }
    assert owned == {table.name for table in of_runs._OF_A_RUN}


def test_others_write_between_two_batches(
    ok: Run, store: Store, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        ok("site", "add", f"old-{n}")
    clock.forward(days=2)
    monkeypatch.setattr(checkpoint, "SETS", 2)
    real, added = store.write, []

    def between(work: Callable[..., object], **options: object) -> object:
        result = real(work, **options)  # type: ignore[arg-type]
        if len(added) < 3:
            added.append(f"new-{len(added)}")
            ok("site", "add", added[-1])
        return result

    monkeypatch.setattr(store, "write", between)
    (done,) = purging.purge(store, {"changes": 86_400.0})
    assert (done.counts["change_sets"], done.batches) == (6, 3)
    assert len(ok("site", "list", "-o", "name").out.split()) == 9
    ok("audit", "verify")


def test_two_purges_at_once_do_it_once(
    ok: Run, store: Store, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        ok("site", "add", f"old-{n}")
    clock.forward(days=2)
    monkeypatch.setattr(checkpoint, "SETS", 1)

    def go(_number: int) -> int:
        (done,) = purging.purge(store, {"changes": 86_400.0})
        return done.counts["change_sets"]

    with ThreadPoolExecutor(2) as pool:
        gone = list(pool.map(go, range(2)))
    assert sum(gone) == 12
    ok("audit", "verify")
    ok("db", "check")


def test_a_backup_of_a_purged_database_is_restored_with_its_checkpoint(
    bare_run: Run, sqlite_db: str, clock: FrozenClock
) -> None:
    def go(*argv: str) -> object:
        result = bare_run("--db", sqlite_db, *argv)
        assert result.code == 0, (argv, result.err)
        return result

    go("site", "add", "rome")
    before = json.loads(go("db", "backup").out)["name"]  # type: ignore[attr-defined]
    clock.forward(days=2)
    go("db", "purge", "--changes", "1d", "--yes")
    after = json.loads(go("db", "backup").out)["name"]  # type: ignore[attr-defined]
    go("db", "check")
    for backup, seq in ((after, "1"), (before, "2")):
        clock.forward(hours=1)
        go("db", "restore", "--from", backup, "--confirm", "cmdb.sqlite")
        go("audit", "verify")
        go("db", "check")
        assert go("site", "list", "-o", "name").out == "rome\n"  # type: ignore[attr-defined]
        assert bare_run("--db", sqlite_db, "audit", "show", seq).code == (5 if backup == after else 0)
