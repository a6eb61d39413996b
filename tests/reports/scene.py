"""A small estate with something for every report to find; written through the shelves, results as rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.compare import declared
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import data_class
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.sites.service.server import SERVERS
from itmsctl.values.kind import house
from itmsctl.values.names import new_guid
from tests.conftest import START

GUID = "6f1f7c0e-0000-4000-8000-000000000901"  # of the package and of the child
COMPUTERS_GIVEN: dict[str, dict[str, Any]] = {
    "ada": {"os_family": "linux", "address": ["10.1.0.5"], "serial": ["S1"], "tags": {"env": "prod"}},
    "bob": {"os_family": "linux", "address": ["10.1.0.6"], "serial": ["S1"], "tags": {"env": "prod"}},
    "cyd": {"os_family": "windows", "address": ["10.1.0.7"], "serial": ["S3"], "tags": {"env": "test"}},
    "dan": {"os_family": "linux", "address": ["10.2.0.5"]},
    "eve": {"address": ["192.0.2.9"]},
}
OBJECTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("site", "rome", {"region": "Lazio"}),
    ("site", "oslo", {}),
    ("subnet", "10.1.0.0/24", {"site": "rome"}),
    ("subnet", "10.2.0.0/24", {"site": "oslo"}),
    ("subnet", "10.3.0.0/24", {"site": "oslo", "status": "reserved"}),
    ("management-server", "hq", {"site": "rome", "sites": ["rome", "oslo"], "endpoints": 800}),
    ("task", "patch", {"type": "command", "body": "true"}),
    ("task", "sweep", {"type": "command", "body": "true"}),
    ("task", "tidy", {"type": "command", "body": "true"}),
    ("job", "nightly", {"steps": ["sweep"]}),
    ("schedule", "nights", {"daily": "22:00"}),
    ("policy", "patching", {"task": "patch", "target": "linux", "schedule": "nights", "transport": "openssh"}),
    ("baseline", "web", {"rows": '{"path":"/usr/bin/a"}\n{"path":"/usr/bin/b"}\n{"path":"/usr/bin/c"}'}),
    ("software", "firefox", {"detect": "package firefox-esr", "discovered": ["firefox-esr"], "licenses": 1}),
    ("policy", "idle", {"job": "nightly", "target": "linux", "schedule": "nights", "transport": "openssh"}),
)
FILTERS = (("filter", "linux", {"where": "os_family = 'linux'"}), ("filter", "prod", {"where": "tags.env = 'prod'"}))
WEEKLY = {"type": "maintenance", "weekly": "sunday 02:00", "duration_s": "2h", "targets": ["prod"]}
WINDOW = ("window", "sunday", WEEKLY)


def fill(store: Store) -> None:
    """Write the estate."""
    store.write(_configure)
    store.write(_remove)
    store.write(_live)


def _configure(unit: UnitOfWork) -> None:
    for kind, name, fields in OBJECTS[:6]:
        _add(unit, kind, name, fields)
    for name, fields in COMPUTERS_GIVEN.items():
        COMPUTERS.add(unit, name, fields)
    SERVERS.add(unit, "ada", {"services": ["task", "package"]})
    SERVERS.add(unit, "bob", {"services": ["task"]})
    for kind, name, fields in (*FILTERS, *OBJECTS[6:], WINDOW):
        _add(unit, kind, name, fields)
    _add(unit, "site", "gone", {})


def _add(unit: UnitOfWork, kind: str, name: str, fields: dict[str, Any]) -> None:
    declaration = house().kind(kind)
    assert declaration is not None
    declaration.load_shelf().add(unit, name, fields)


def _remove(unit: UnitOfWork) -> None:
    declaration = house().kind("site")
    assert declaration is not None
    declaration.load_shelf().remove(unit, "gone")


def _live(unit: UnitOfWork) -> None:
    """Write what happened since: contacts, keys, runs, occurrences, a late filter, an old secret."""
    tables = declared().tables
    ids = {row.name: (row.id, row.guid) for row in unit.rows(sa.text("SELECT id, name, guid FROM resource"))}
    named = {
        kind: {row.name: row.id for row in unit.rows(sa.text(f"SELECT id, name FROM {kind}"))}
        for kind in ("task", "policy", "filter", "baseline")
    }

    def insert(table: str, **values: Any) -> None:
        unit.connection.execute(sa.insert(tables[table]).values(**values))

    def update(table: str, key: sa.ColumnElement[bool], **values: Any) -> None:
        unit.connection.execute(sa.update(tables[table]).where(key).values(**values))

    computer, state = tables["computer"], tables["collection_state"]
    for name, days in (("ada", 1), ("bob", 40), ("cyd", 31.5)):
        update("computer", computer.c.id == ids[name][0], last_seen=START - timedelta(days=days))
    update("collection_state", state.c.collection_id == named["filter"]["prod"], stale=True)
    for name in ("ada", "bob"):
        insert(
            "host_key", computer_id=ids[name][0], key_type="ssh-ed25519", fingerprint="SHA256:same", blob=b"k",
            state="pinned", source="scan", changed_by=1, since=START,
        )  # fmt: skip
    _inventory(insert, ids)
    _baseline(insert, named["baseline"]["web"], ids)
    _metering(unit, insert, ids)
    _linked(unit, insert)
    insert(
        "credential", id=unit.next_ids(1)[0], guid=new_guid(), name="root", name_key="root", revision=1, origin="x",
        changed_by=1, created_at=START, changed_at=START, kind="password", user="root", version=2,
        rotated_at=START - timedelta(days=100),
    )  # fmt: skip
    runs = (
        (1, "patch", 2, {"ada": "succeeded", "bob": "failed", "dan": "unreachable"}),
        (2, "patch", 1, {"ada": "succeeded", "bob": "timed_out", "cyd": "expired", "dan": "queued"}),
        (3, "patch", 20, {"ada": "succeeded"}),
    )
    for number, task, days, states in runs:
        run = unit.next_ids(1)[0]
        began = START - timedelta(days=days)
        insert(
            "run", id=run, guid=new_guid(), number=number, task_id=named["task"][task], task_name=task, program=[],
            options={}, via={}, selector="linux", state="ended", token=0, changed_by=1, created_at=began,
            ended_at=began, policy_id=named["policy"]["patching"],
        )  # fmt: skip
        for name, result in states.items():
            insert(
                "run_computer", run_id=run, computer_id=ids[name][0], computer_guid=ids[name][1], computer_name=name,
                state=result, attempt=1, token=0, wave=0, not_before=began, contacts=3 if result == "expired" else 0,
                message="\x1b[31m=bad" if result == "failed" else None, ended_at=began, duration_s=1.5,
            )  # fmt: skip
        insert(
            "occurrence", policy_id=named["policy"]["patching"], due=began, source="schedule", state="started",
            run_id=run, decided_at=began, change=1,
        )  # fmt: skip


def _inventory(insert: Any, ids: dict[str, tuple[int, str]]) -> None:
    """Write what was collected when: of ada one class is behind, of bob one could not be read, cyd is old."""
    for name, days in (("ada", 1), ("bob", 2), ("cyd", 20)):
        at = START - timedelta(days=days)
        insert("inventory_computer", computer_id=ids[name][0], first_at=at, last_at=at)
    for name, class_name, days, why in (
        ("ada", "hardware", 1, None), ("ada", "software", 31, None), ("bob", "hardware", 2, None),
        ("bob", "disks", 2, "lsblk is missing"), ("cyd", "hardware", 20, None),
    ):  # fmt: skip
        at = START - timedelta(days=days)
        insert(
            "inventory_state", computer_id=ids[name][0], class_name=class_name, source="itmsctl", digest="0", epoch=1,
            row_count=1, collected_at=at, changed_at=at, unread=why, unread_at=at if why else None, counter=1,
        )  # fmt: skip


def _baseline(insert: Any, web: int, ids: dict[str, tuple[int, str]]) -> None:
    """Write what comparisons found: ada complies, of bob nothing is known, cyd deviates in two of three."""
    for name, state, *counts in (
        ("ada", "compliant", 3, 0, 0),
        ("bob", "unknown", 0, 0, 0),
        ("cyd", "deviating", 1, 1, 1),
    ):
        matching, changed, missing = counts
        insert(
            "baseline_result", baseline_id=web, computer_id=ids[name][0], state=state, expected=3, matching=matching,
            changed=changed, missing=missing, extra=0, compared_at=START,
            compliance=None if state == "unknown" else matching / 3,
        )  # fmt: skip
    for place, (item, deviation) in enumerate((("/usr/bin/a", "changed"), ("/usr/bin/b", "missing"))):
        insert(
            "baseline_deviation", baseline_id=web, computer_id=ids["cyd"][0], ord=place, item=item, deviation=deviation
        )


def _metering(unit: UnitOfWork, insert: Any, ids: dict[str, tuple[int, str]]) -> None:
    """Write what was used: ada has two packages that she does not use any more, bob one that he uses, and a game."""
    for id_, program, product in ((1, "firefox", "firefox-esr"), (2, "sol", None)):
        insert("metering_program", program_id=id_, program=program, file_name=program, product=product)
    software = unit.scalar(sa.text("SELECT id FROM software"))
    for name, packages in (("ada", ("firefox-esr", "gimp")), ("bob", ("firefox-esr",))):
        insert(
            "software_state", software_id=software, computer_id=ids[name][0], state="compliant", reason="t", source="t",
            since=START, told_at=START,
        )  # fmt: skip
        at, computer = START - timedelta(days=200), ids[name][0]
        insert("metering_state", computer_id=computer, class_name="usage", collected_at=START, begun_at=at, source="t")
        for package in packages:
            _package(unit, computer, package, is_new=name == "ada")
    used = {"peak": 1, "denials": 0, "violations": 0}
    denied = {"peak": 1, "denials": 4, "violations": 2}
    for name, program, days, starts, seconds, more in (
        ("ada", 1, 100, 9, 6000.0, used), ("bob", 1, 1, 5, 4200.0, used), ("bob", 2, 3, 2, 60.0, denied),
    ):  # fmt: skip
        at = START - timedelta(days=days)
        late = {"last_denied": at, "last_violated": at} if more["denials"] else {}
        insert(
            "metering_usage", computer_id=ids[name][0], program_id=program, first_used=at, last_used=at,
            last_user="jim", starts=starts, seconds=seconds, **more, **late,
        )  # fmt: skip
    for name, program, days, user, starts, seconds, peak in (
        ("ada", 1, 2, "jane", 2, 1200.0, 3), ("bob", 1, 2, "jim", 4, 4000.0, 2), ("bob", 1, 1, "jim", 1, 200.0, 1),
        ("bob", 2, 3, "jim", 2, 60.0, 1),
    ):  # fmt: skip
        insert(
            "metering_day", computer_id=ids[name][0], program_id=program, user_name=user, starts=starts,
            day=(START - timedelta(days=days)).date().isoformat(), seconds=seconds, peak=peak, denials=0, violations=0,
        )  # fmt: skip


def _linked(unit: UnitOfWork, insert: Any) -> None:
    """Write a package that its server holds, and a child with a batch that waits and a conflict."""
    item = {"revision": 1, "origin": unit.server_guid, "changed_by": 1, "created_at": START, "changed_at": START}
    insert("package", id=901, guid=GUID, name="tool", name_key="tool", version="1", manifest="m", state="published",
           enabled=True, **item)  # fmt: skip
    server = unit.scalar(sa.text("SELECT id FROM site_server WHERE name = 'ada'"))
    insert("package_copy", server_id=server, package_id=901, manifest="m", state="ready", failures=0, sent_bytes=9,
           pulled_bytes=0, total_bytes=9, arrived_at=START, changed_at=START)  # fmt: skip
    insert("peer", id=901, guid=GUID, name="rome", relation="child", channel="ssh", nonce="n", epoch=1, state="joined",
           joined_at=START, changed_by=1)  # fmt: skip
    insert("batch_sent", peer=GUID, epoch=1, seq=1, rule="r", mode="m", run="x", part=1, last=True, size=1, records=1,
           raw=1, sha256="s", state="kept", made_at=START)  # fmt: skip
    insert("replication_conflict", id=901, kind="filter", guid=GUID, name="f", origin=GUID, what="w", why="w",
           state="waits", batch="b", at=START)  # fmt: skip


def _package(unit: UnitOfWork, computer: int, name: str, *, is_new: bool) -> None:
    """Write that a package is installed; `is_new` unless another computer has it too, since they share its entry."""
    entry = sum(name.encode())
    tables = tables_of(data_class("software"))
    assert tables.entries is not None
    if is_new:
        unit.connection.execute(sa.insert(tables.entries).values(entry_id=entry, name=name))
    unit.connection.execute(sa.insert(tables.rows).values(computer_id=computer, row_key=entry, entry_id=entry))
