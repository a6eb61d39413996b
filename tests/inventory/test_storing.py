"""Storing what sources told: exactly what differs, with its history, and nothing else; on both engines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.inventory.delta import diff, report
from itmsctl.inventory.service.class_rows import ClassRows, key_number
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.history import restless
from itmsctl.inventory.service.known import digests_of
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.stored import ClassStored, StoredReport
from itmsctl.inventory.told import LooseChange, Told, ToldChange
from tests.bench.estate import add_computers
from tests.conftest import START, FrozenClock, Run

BASH = {"name": "bash", "version": "5.2", "source": "dpkg", "architecture": "amd64", "size_bytes": 7164, "status": "ok"}
CURL = {
    "name": "curl",
    "version": "8.1",
    "source": "dpkg",
    "architecture": "amd64",
    "installed_at": "2026-01-01T08:00:00Z",
}
DISK = {"name": "sda", "model": "QEMU", "size_bytes": 2**40}
BIOS = {"manufacturer": "SeaBIOS", "version": "1.16"}
ROOT = {"mount_point": "/", "type": "ext4", "free_bytes": 5}


_WRITES = re.compile(r"(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) (\w+)")


class Held:
    """A computer whose inventory is stored, an hour after the other."""

    def __init__(self, store: Store, clock: FrozenClock) -> None:
        self.store, self.clock = store, clock
        self.id, self.other = add_computers(store, 2)

    def tell(
        self, source: str = "gatherer", at: datetime | None = None, id_: int | None = None, **classes: Any
    ) -> StoredReport:
        self.clock.forward(hours=1)
        told = Told(source, at or self.clock(), classes)
        return self.told(told, id_)

    def told(self, told: Told, id_: int | None = None) -> StoredReport:
        (found,) = self.store.write(lambda unit: store_told(unit, [(id_ or self.id, told)]))
        return found

    def apply(self, change: ToldChange) -> ClassStored:
        """Have one change of software applied by itself."""
        return self.told(Told("gatherer", self.clock(), {}, deltas={"software": change})).classes["software"]

    def rows(self, name: str, id_: int | None = None) -> list[dict[str, Any]]:
        with self.store.read() as reader:
            found = ClassRows(reader.connection, data_class(name)).of_computer(id_ or self.id)
            return sorted((row.values for _, row in found), key=str)

    def asked(self, sql: str) -> list[tuple[Any, ...]]:
        with self.store.read() as reader:
            return [tuple(row) for row in reader.connection.execute(sa.text(sql))]

    def store_findings(self) -> list[Any]:
        with self.store.read() as reader:
            return list(restless(reader))

    def closed(self) -> list[tuple[Any, ...]]:
        return self.asked("SELECT class_name, row FROM inventory_closed ORDER BY until, row")

    def state(self, name: str, *columns: str) -> Any:
        (row,) = self.asked(
            f"SELECT {', '.join(columns)} FROM inventory_state WHERE class_name = '{name}' AND computer_id = {self.id}"
        )
        return row if len(columns) > 1 else row[0]


@pytest.fixture
def held(store: Store, clock: FrozenClock) -> Held:
    return Held(store, clock)


@contextmanager
def written(store: Store) -> Iterator[list[str]]:
    """Collect the tables that statements write meanwhile, once for each row."""
    found: list[str] = []

    def after(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        writes = _WRITES.match(statement.replace('"', ""))
        if writes:
            found.extend([writes[1]] * (len(parameters) if isinstance(parameters, list) else cursor.rowcount))

    copying = bulk.copying

    @contextmanager
    def copied(connection: Connection, statement: str) -> Iterator[Any]:
        with copying(connection, statement) as copy:
            yield copy
        found.extend([statement.split('"')[1]] * copy.cursor.rowcount)

    event.listen(store.engine, "after_cursor_execute", after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "copying", copied)
        yield found
    event.remove(store.engine, "after_cursor_execute", after)


def data_rows(tables: list[str]) -> list[str]:
    return sorted(
        name for name in tables if name.startswith("inv_") or name in {"inventory_closed", "inventory_digests"}
    )


def test_what_is_told_first_is_held(held: Held) -> None:
    found = held.tell(software=[BASH, CURL], bios=[BIOS], disks=[DISK], routes=[])
    assert found.classes == {
        "software": ClassStored("first", added=2),
        "bios": ClassStored("first", added=1),
        "disks": ClassStored("first", added=1),
        "routes": ClassStored("first"),
    }
    assert held.rows("software") == sorted(report(data_class("software"), [BASH, CURL]).rows.values(), key=str)
    assert held.rows("bios") == [BIOS]
    assert held.rows("disks") == [DISK]
    assert held.state("routes", "row_count", "digest") == (0, report(data_class("routes"), []).digest)
    assert held.closed() == []


def test_the_same_again_writes_a_stamp_and_no_row(held: Held, store: Store) -> None:
    held.tell(software=[BASH, CURL], bios=[BIOS], filesystems=[ROOT])
    before = held.state("software", "collected_at", "changed_at", "digest")
    sets = held.asked("SELECT count(*) FROM change_set")
    with written(store) as tables:
        found = held.tell(software=[BASH, CURL], bios=[BIOS], filesystems=[ROOT])
    assert {one.state for one in found.classes.values()} == {"same"}
    assert data_rows(tables) == []
    after = held.state("software", "collected_at", "changed_at", "digest")
    assert after[0] > before[0]
    assert after[1:] == before[1:]
    assert held.asked("SELECT count(*) FROM change_set") == sets, "nothing changed, so the audit says nothing"


def test_the_same_in_another_order_and_form_is_the_same(held: Held) -> None:
    held.tell(software=[BASH, CURL])
    found = held.tell(software=[{**CURL, "publisher": ""}, dict(reversed(BASH.items())) | {"size_bytes": " 7164 "}])
    assert found.classes["software"] == ClassStored("same")
    assert found.classes == held.tell(software=[CURL, BASH]).classes


def test_exactly_what_differs_is_written_and_closed(held: Held, store: Store) -> None:
    rows = [BASH, *({**CURL, "name": f"p{n}"} for n in range(30))]
    held.tell(software=rows)
    held.tell(software=rows, id_=held.other)
    newer = {**BASH, "status": "hold"}
    with written(store) as tables:
        found = held.tell(software=[newer, CURL, *rows[2:]])
    assert found.classes["software"] == ClassStored("changed", added=1, changed=1, removed=1)
    assert Counter(data_rows(tables)) == {
        "inv_software": 4,  # the old row of bash and p0 go, the new row of bash and curl come
        "inv_software_entry": 2,
        "inventory_closed": 2,
        "inventory_digests": 1,
    }
    assert len(held.rows("software")) == 31
    assert newer in held.rows("software")
    (gone, changed) = sorted((row for _, row in held.closed()), key=len)
    assert '"name":"p0"' in gone or '"name":"p0"' in changed
    assert held.asked("SELECT DISTINCT computer_id FROM inventory_closed") == [(held.id,)]
    assert held.rows("software", held.other) == sorted(report(data_class("software"), rows).rows.values(), key=str)


def test_what_was_true_is_kept_with_the_time_that_it_was_true(held: Held) -> None:
    held.tell(bios=[BIOS])
    held.tell(bios=[BIOS])
    held.tell(bios=[{**BIOS, "version": "1.17"}])
    held.tell(bios=[])
    (first, second) = held.asked("SELECT since, until, row FROM inventory_closed ORDER BY since")
    assert str(first[0])[11:13] == "10"
    assert str(first[1])[11:13] == "12"
    assert first[2] == '{"manufacturer":"SeaBIOS","version":"1.16"}'
    assert first[1] == second[0]
    assert held.rows("bios") == []
    assert held.state("bios", "row_count") == 0


def test_a_class_that_is_told_empty_is_empty_and_one_that_is_not_told_is_as_it_was(held: Held) -> None:
    held.tell(software=[BASH], disks=[DISK])
    held.tell(software=[])
    assert held.rows("software") == []
    assert held.rows("disks") == [DISK]


def test_volatile_columns_are_held_and_make_no_history(held: Held, store: Store) -> None:
    held.tell(filesystems=[ROOT, {**ROOT, "mount_point": "/home"}])
    with written(store) as tables:
        found = held.tell(filesystems=[{**ROOT, "free_bytes": 9}, {**ROOT, "mount_point": "/home"}])
    assert found.classes["filesystems"].state == "same"
    assert {row["free_bytes"] for row in held.rows("filesystems")} == {9, 5}
    assert set(data_rows(tables)) == {"inv_filesystems"}
    assert held.closed() == []
    held.tell(filesystems=[{**ROOT, "free_bytes": 1, "type": "xfs"}, {**ROOT, "mount_point": "/home", "free_bytes": 2}])
    assert [(row["type"], row["free_bytes"]) for row in held.rows("filesystems")] in (
        [("xfs", 1), ("ext4", 2)],
        [("ext4", 2), ("xfs", 1)],
    )
    assert len(held.closed()) == 1


def test_a_report_that_is_older_than_what_is_held_changes_nothing(held: Held) -> None:
    held.tell(bios=[BIOS], software=[BASH])
    early = held.clock() - timedelta(hours=5)
    found = held.tell("glpi", at=early, bios=[{"version": "old"}], disks=[DISK])
    assert (found.classes["bios"].state, found.classes["disks"].state) == ("older", "first")
    assert "collected later by gatherer" in found.classes["bios"].why
    assert held.rows("bios") == [BIOS]
    assert held.rows("disks") == [DISK], "a class that was never told is told by whoever does"
    again = held.told(Told("glpi", early, {}, unread={"bios": "no dmidecode"}))
    assert again.classes == {}
    assert held.state("bios", "unread") is None


def test_a_clock_that_is_ahead_does_not_lock_out_what_comes_after(held: Held) -> None:
    held.tell(at=held.clock() + timedelta(days=400), bios=[BIOS])
    assert held.tell(bios=[{"version": "2"}]).classes["bios"].state == "changed"


def test_of_two_reports_of_one_moment_the_later_one_counts(held: Held) -> None:
    held.tell(at=START, bios=[BIOS])
    assert held.tell(at=START, bios=[{"version": "2"}]).classes["bios"].state == "changed"
    assert held.rows("bios") == [{"version": "2"}]
    assert held.closed() == [], "it was true for no time"


def test_why_a_class_could_not_be_read_is_kept_and_its_rows_stay(held: Held) -> None:
    held.tell(bios=[BIOS])
    held.clock.forward(hours=1)
    found = held.told(Told("gatherer", held.clock(), {}, {"bios": "dmidecode: permission denied", "tpm": "no tool"}))
    assert {one.state for one in found.classes.values()} == {"unread"}
    assert held.rows("bios") == [BIOS]
    assert held.state("bios", "unread", "row_count") == ("dmidecode: permission denied", 1)
    assert held.state("tpm", "unread", "digest", "collected_at") == ("no tool", None, None)
    held.tell(bios=[BIOS], tpm=[])
    assert (held.state("bios", "unread"), held.state("tpm", "unread", "row_count")) == (None, (None, 0))
    held.told(Told("gatherer", held.clock(), {"bios": [BIOS]}, {"bios": "only in part"}))
    assert held.state("bios", "unread") in {"only in part", None}


def test_what_is_wrong_with_a_report_is_kept_and_hurts_nothing_else(held: Held) -> None:
    wrong = [BASH, {**CURL, "size_bytes": "many"}, ["no row"], {"colour": "red"}, {"summary": "x" * 100_000}]
    found = held.tell(software=wrong, bios=[BIOS], nonsense=[{"a": 1}])
    assert found.classes["nonsense"].state == "unknown"
    assert len(held.rows("software")) == 2
    assert held.rows("bios") == [BIOS]
    said = held.state("software", "faults")
    assert "not a value of type int" in said
    assert "has no such column" in said
    assert held.tell(software=wrong).classes["software"].state == "same"
    assert held.state("software", "faults") == said, "they stay as long as the report does"
    held.tell(software=[BASH])
    assert held.state("software", "faults") is None


def test_a_computer_that_was_removed_meanwhile_hurts_no_other(held: Held, store: Store, ok: Run) -> None:
    told = Told("gatherer", START, {"bios": [BIOS]})
    found = store.write(lambda unit: store_told(unit, [(999_999, told), (held.id, told)]))
    assert [one.is_gone for one in found] == [True, False]
    assert held.rows("bios") == [BIOS]


def test_one_computer_twice_in_a_batch_is_stored_in_turn(held: Held, store: Store) -> None:
    tolds = [Told("gatherer", START, {"bios": [{"version": str(n)}]}) for n in range(3)]
    found = store.write(lambda unit: store_told(unit, [(held.id, told) for told in tolds]))
    assert [one.classes["bios"].state for one in found] == ["first", "changed", "changed"]
    assert held.rows("bios") == [{"version": "2"}]


def test_what_software_shares_is_kept_once(held: Held) -> None:
    held.tell(software=[BASH, CURL])
    held.tell(software=[BASH, {**CURL, "installed_at": "2026-01-02T00:00:00Z"}], id_=held.other)
    assert held.asked("SELECT name, version_key FROM inv_software_entry ORDER BY name")[0][0] == "bash"
    assert held.asked("SELECT count(*) FROM inv_software_entry") == [(2,)]
    assert held.asked("SELECT count(*) FROM inv_software") == [(4,)]


def test_a_removed_computer_takes_its_inventory_along(held: Held, store: Store, ok: Run) -> None:
    held.tell(software=[BASH], bios=[BIOS])
    held.tell(software=[CURL], id_=held.other)
    held.tell(software=[])
    (name,) = held.asked(f"SELECT name FROM resource WHERE id = {held.id}")[0]
    removed = ok("computer", "remove", name, "--yes")
    assert "its inventory goes with it, with its history: an undo does not bring it back" in removed.err
    for table in ("inventory_computer", "inventory_state", "inventory_closed", "inv_bios"):
        assert held.asked(f"SELECT count(*) FROM {table} WHERE computer_id = {held.id}") == [(0,)], table
    assert len(held.rows("software", held.other)) == 1


def test_a_dry_run_writes_nothing(held: Held, store: Store) -> None:
    told = Told("gatherer", START, {"bios": [BIOS], "software": [BASH]})
    store.write(lambda unit: store_told(unit, [(held.id, told)]), dry_run=True)
    assert held.rows("software") == []
    assert held.tell(software=[BASH]).classes["software"].state == "first"
    assert held.rows("software")[0]["name"] == "bash", "its entry is not believed to be there"


# --- differences ------------------------------------------------------------------------------------------------------


def known(held: Held, name: str) -> Any:
    with held.store.read() as reader:
        return digests_of(reader, [held.id])[held.id].get(name)


def change(held: Held, name: str, rows: list[Any]) -> ToldChange:
    """Return what an endpoint says that has these rows now, and was told what is held."""
    before, after = known(held, name), report(data_class(name), rows)
    delta = diff(before.packed, after.packed)
    come = [after.rows[key] for key in delta.added | delta.changed]
    return ToldChange(before.digest, after.digest, come, [key_number(key) for key in delta.removed])


def test_a_difference_is_applied(held: Held) -> None:
    held.tell(software=[BASH, CURL])
    newer = [{**BASH, "status": "hold"}, {**CURL, "name": "wget"}]
    said = change(held, "software", newer)
    assert len(said.rows) == 2
    found = held.told(Told("gatherer", held.clock(), {}, deltas={"software": said}))
    assert found.classes["software"] == ClassStored("changed", added=1, changed=1, removed=1)
    assert known(held, "software").digest == report(data_class("software"), newer).digest
    assert held.state("software", "epoch", "counter") == (1, 1)
    again = held.told(Told("gatherer", held.clock(), {}, deltas={"software": said}))
    assert again.classes["software"].state == "same", "one that comes twice changes nothing"


def test_a_difference_that_does_not_fit_is_asked_for_again(held: Held, store: Store) -> None:
    held.tell(software=[BASH, CURL], bios=[BIOS])
    said = change(held, "software", [BASH])
    lost = ToldChange(said.base, said.digest, [], [])
    forged = ToldChange(said.base, said.digest, [{**CURL, "name": "evil"}], said.removed)
    no_key = ToldChange(said.base, said.digest, [], [2**80])
    gone = ToldChange(said.base, said.digest, [], [1])
    other = ToldChange("0" * 32, said.digest, said.rows, said.removed)
    before = held.rows("software")
    for wrong in (lost, forged, no_key, gone, other):
        told = Told("gatherer", held.clock(), {"disks": [DISK]}, deltas={"software": wrong}, same={"bios": "0" * 32})
        found = held.told(told)
        assert found.misfits == ("bios", "software")
        assert held.rows("software") == before
        assert held.apply(wrong).state == "misfit"
    assert held.rows("disks") == [DISK], "what fits is stored beside"
    held.apply(said)
    assert len(held.rows("software")) == 1


def test_rows_that_came_and_went_are_taken_where_the_class_is_known(held: Held) -> None:
    said = LooseChange(added=[{**BASH, "status": "hold"}], removed=[BASH, {"name": "never"}, CURL])
    found = held.told(Told("osquery", held.clock(), {}, changes={"software": said}))
    assert found.classes["software"] == ClassStored("misfit", why="it was never told whole")
    held.tell(software=[BASH, CURL])
    found = held.told(Told("osquery", held.clock(), {}, changes={"software": said}))
    assert found.classes["software"] == ClassStored("changed", changed=1, removed=1)
    assert held.rows("software") == [{**BASH, "status": "hold"}]
    assert known(held, "software").digest == report(data_class("software"), held.rows("software")).digest


def test_a_class_that_is_still_the_same_gets_a_stamp(held: Held) -> None:
    held.tell(software=[BASH])
    before = held.state("software", "collected_at")
    held.clock.forward(hours=1)
    found = held.told(Told("gatherer", held.clock(), {}, same={"software": known(held, "software").digest}))
    assert found.classes["software"].state == "same"
    assert held.state("software", "collected_at") > before


def test_how_often_columns_change_is_counted(held: Held) -> None:
    for n in range(5):
        held.tell(bios=[{**BIOS, "version": str(n)}])
    held.tell(bios=[{**BIOS, "version": "4"}])
    found = held.asked("SELECT column_name, count FROM inventory_churn WHERE class_name = 'bios' ORDER BY 1")
    assert found == [("", 5), ("version", 4)]


# --- how far the past reaches -----------------------------------------------------------------------------------------


def test_old_history_is_purged_and_what_it_would_have_said_is_refused(held: Held, ok: Run, run: Run) -> None:
    for n in range(4):
        held.tell(bios=[{"version": str(n)}])
    (name,) = held.asked(f"SELECT name FROM resource WHERE id = {held.id}")[0]
    held.clock.forward(hours=1)
    would = ok("db", "purge", "--inventory", "90m", "--dry-run", "-o", "json").json
    assert [one["counts"] for one in would] == [{"inventory_rows": 2}]
    ok("db", "purge", "--inventory", "90m", "--yes")
    assert held.asked("SELECT row FROM inventory_closed") == [('{"version":"2"}',)]
    assert held.rows("bios") == [{"version": "3"}]
    refused = run("computer", "show", name, "--class", "bios", "--as-of", "2026-01-05T10:30:00Z")
    assert refused.code != 0
    assert "purged up to" in refused.err
    assert ok("computer", "show", name, "--class", "bios", "--as-of", "2026-01-05T12:30:00Z", "-o", "json").json["rows"]


def test_a_column_that_changes_nearly_always_is_found(held: Held, ok: Run) -> None:
    for n in range(25):
        held.tell(bios=[{**BIOS, "version": str(n)}])
    found = [one for one in held.store_findings() if one.id == "INVENTORY-RESTLESS"]
    assert [(one.details["column"], one.details["changed"]) for one in found] == [("version", 24)]
    assert "`version` of bios changed in 24 of 24 reports" in found[0].what
