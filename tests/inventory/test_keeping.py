"""How long what inventory was is kept: by class, in batches, and never said of what went."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.inventory.service import history
from itmsctl.values.times import to_text
from tests.conftest import START, FrozenClock, Result, Run
from tests.inventory.telling import tell


def removed(done: Result) -> dict[str, Counter[str]]:
    return {row["name"]: Counter(row["counts"]) for row in done.json if row["counts"]}


def purge(ok: Run, *what: str) -> dict[str, Counter[str]]:
    would = removed(ok("db", "purge", *what, "--dry-run", "-o", "json"))
    done = removed(ok("db", "purge", *what, "--yes", "-o", "json"))
    assert would == done
    assert removed(ok("db", "purge", *what, "--yes", "-o", "json")) == {}
    return done


@pytest.fixture
def past(ok: Run, store: Store, clock: FrozenClock) -> None:
    """A computer that told something else of three classes on each of five days, the last one today."""
    ok("computer", "add", "ada")
    for day in range(5):
        clock.moment = START + timedelta(days=day)
        told = {
            "software": [{"name": "a", "version": str(day)}, {"name": "b", "version": str(day)}],
            "operating_system": [{"name": "x", "version": str(day)}],
            "hardware": [{"model": str(day)}],
        }
        tell(store, clock.moment, {"ada": told})


def closed(store: Store) -> Counter[str]:
    with store.read() as reader:
        return Counter(reader.connection.execute(sa.text("SELECT class_name FROM inventory_closed")).scalars())


def test_classes_are_kept_for_times_of_their_own(
    past: None, ok: Run, run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_ROWS", 2)
    assert closed(store) == {"software": 8, "operating_system": 4, "hardware": 4}
    own = ("--inventory-class", "software=60h, operating-system=1y")
    done = purge(ok, "--inventory", "36h", *own)
    assert done == {"inventory/software": Counter(inventory_rows=2), "inventory": Counter(inventory_rows=2)}
    assert closed(store) == {"software": 6, "operating_system": 4, "hardware": 2}

    def asked(days: int, name: str) -> Result:
        return run(
            "--as-of", to_text(START + timedelta(days=days)), "computer", "show", "ada", "--class", name, "-o", "json"
        )

    assert [asked(1, name).code for name in ("software", "operating_system", "hardware")] == [5, 0, 5]
    assert [asked(2, name).code for name in ("software", "hardware")] == [0, 5]
    assert "the history of hardware was purged" in asked(2, "hardware").err
    assert asked(1, "operating_system").json["rows"][0]["version"] == "1"


@pytest.mark.parametrize(
    ("what", "code"),
    [("sofware=1y", 5), ("software", 3), ("software=soon", 3), ("=1y", 3), ("software=1m", 3)],
)
def test_what_is_no_class_or_no_time_is_refused(past: None, run: Run, store: Store, what: str, code: int) -> None:
    assert run("db", "purge", "--inventory-class", what, "--yes").code == code
    assert closed(store).total() == 16


def test_settings_say_it_too(past: None, ok: Run, store: Store, environment: dict[str, str]) -> None:
    environment |= {"ITMSCTL_KEEP_INVENTORY": "1y", "ITMSCTL_KEEP_INVENTORY_CLASSES": "hardware=12h,software=1d"}
    assert purge(ok, "--configured").keys() == {"inventory/hardware", "inventory/software"}
    assert closed(store) == {"software": 4, "operating_system": 4, "hardware": 1}


def test_records_of_files_and_merged_inventories_go(
    past: None, ok: Run, run: Run, store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    file = tmp_path / "bob.json"
    file.write_text('{"deviceid": "bob", "content": {"versionclient": "x", "hardware": {"name": "bob", "memory": 5}}}')
    ok("inventory", "load", str(file))
    ok("computer", "merge", "ada", "bob", "--yes")
    clock.forward(days=10)
    assert purge(ok, "--files", "20d", "--merged", "20d") == {}
    assert purge(ok, "--files", "5d", "--merged", "5d") == {
        "files": Counter(file_records=1),
        "merged": Counter(merged_inventories=1),
    }
    ok("computer", "split", "bob", "--yes")
    assert ok("computer", "show", "bob", "--class", "hardware", "-o", "json").json["rows"] == []
    assert ok("inventory", "load", str(file), "-o", "ndjson").lines[0]["state"] == "loaded"
    assert ok("computer", "show", "bob", "--class", "hardware", "-o", "json").json["rows"][0]["memory_mib"] == 5
    ok("audit", "verify")
