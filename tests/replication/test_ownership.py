"""Who may change what, told and decided by verbs; rows of classes, verification, events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import BadRecordError, NotOwnerError
from itmsctl.inventory.service.looking import class_rows
from itmsctl.replication import records
from itmsctl.replication.part_check import PartCheck, part_digest, part_of
from itmsctl.replication.records import HierarchyEvent, SentRows, written
from itmsctl.replication.service.locks import unlocked
from itmsctl.replication.service.opening import open_fields
from itmsctl.resources.kinds import COMPUTER
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.sites.kinds import SITE, SUBNET
from tests.conftest import Run
from tests.replication.servers import TestServer

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _nightly(at: TestServer) -> str:
    return at.add(SCHEDULE, "nightly", daily="03:00", time_zone="UTC")


def test_fields_are_opened_shown_and_closed(ok: Run, run: Run) -> None:
    ok("schedule", "add", "nightly", "--daily", "03:00")
    none = run("hierarchy", "editable", "schedule/nightly", "--field", "daily")
    assert (none.code, "fields that can be opened: " in none.err) == (3, True), none.err
    opened = ok("hierarchy", "editable", "schedule/nightly", "--field", "time_zone", "--field", "missed")
    assert opened.err == "nightly: opened; children may edit: missed, time_zone\n"
    assert "unchanged" in ok("hierarchy", "editable", "schedule/nightly", "--field", "missed").err
    ok("hierarchy", "editable", "schedule/nightly", "--field", "missed", "--off")
    shown = ok("hierarchy", "editable", "schedule/nightly", "-o", "json").json
    assert shown["editable"] == ["time_zone"]
    ok("audit", "verify")
    assert run("hierarchy", "editable", "schedule/none").code == 5
    assert run("hierarchy", "editable", "nightly").code == 5
    assert run("hierarchy", "editable", "schedule/nightly", "--off").code == 2


def test_what_is_locked_says_where_it_is_changed(run: Run, ok: Run, here: TestServer, parent: TestServer) -> None:
    _nightly(parent)
    parent.store.write(lambda unit: open_fields(unit, "schedule/nightly", ["time_zone"]))
    parent.send(here, parent.puts([SCHEDULE]))
    refused = run("schedule", "set", "nightly", "--daily", "05:00")
    assert refused.code == 9
    assert "`daily` of schedule `nightly` is not changed here: it came from parent `head`" in refused.err
    assert "here may be changed: time_zone" in refused.err
    assert run("schedule", "remove", "nightly", "--yes").code == 9
    ok("schedule", "set", "nightly", "--timezone", "Europe/Rome")
    rows = {row["field"]: row for row in ok("hierarchy", "origin", "schedule/nightly", "-o", "json").json}
    assert rows["daily"]["from"] == "parent `head`"
    assert (rows["time_zone"]["from"], rows["time_zone"]["their_value"]) == ("here", "utc")
    assert rows["time_zone"]["editable"]
    assert not rows["daily"]["editable"]
    refused = run("hierarchy", "editable", "schedule/nightly", "--field", "missed")
    assert refused.code == 9
    log = ok("history", "schedule", "nightly", "-o", "json").json
    assert any("from parent `head`, rule rule, batch 1/1" in str(row) for row in log), log
    change = next(row["change_set"] if "change_set" in row else row["seq"] for row in log if "created" in str(row))
    undone = run("undo", str(change), "--yes")
    assert undone.code != 0
    ok("audit", "verify")


def test_a_conflict_is_shown_and_decided(
    run: Run, ok: Run, here: TestServer, server: Callable[[str], TestServer]
) -> None:
    other = server("other")
    here.link(other, "peer")
    here.add(SCHEDULE, "weekly", daily="01:00")
    guid = _nightly(here)
    theirs = [
        one | {"owner": other.guid, "fields": one["fields"] | {"daily": "09:00"}}
        for one in _of(here.puts([SCHEDULE]), guid)
    ]
    other.send(here, theirs)
    (row,) = ok("hierarchy", "conflicts", "-o", "json").json
    assert row["ours"]["daily"] != row["theirs"]["daily"]
    assert row["fields"] == ["daily"]
    assert run("hierarchy", "conflicts", "resolve", str(row["id"]), "--keep", "both").code == 2
    assert run("hierarchy", "conflicts", "resolve", "1", "--keep", "ours").code == 5
    ok("hierarchy", "conflicts", "resolve", str(row["id"]), "--keep", "ours")
    other.send(here, theirs)
    assert ok("hierarchy", "conflicts", "-o", "json").json == []  # decided for this content
    theirs = [one | {"fields": one["fields"] | {"daily": "10:00"}} for one in theirs]
    other.send(here, theirs)
    (row,) = ok("hierarchy", "conflicts", "-o", "json").json
    ok("hierarchy", "conflicts", "resolve", str(row["id"]), "--keep", "theirs")
    assert here.get(SCHEDULE, "nightly")["daily"] == "10:00"
    assert run("hierarchy", "conflicts", "resolve", str(row["id"]), "--keep", "ours").code == 6
    theirs = [one | {"hash": "b" * 64, "fields": one["fields"] | {"daily": "11:00"}} for one in theirs]
    assert other.send(here, theirs).counts == {"updated": 1}  # it is theirs now
    ok("audit", "verify")


def test_rows_of_classes_come_as_those_of_any_source(here: TestServer, child: TestServer) -> None:
    from itmsctl.inventory.service.classes import class_in

    guid = child.add(COMPUTER, "pc1")
    child.send(here, child.puts([COMPUTER]))
    sent = SentRows("software", guid, AT, "a" * 32, *_SOFTWARE)
    assert child.send(here, [records.parsed(written(sent))]).counts == {"classes first": 1}
    assert child.send(here, [records.parsed(written(sent))]).counts == {"classes same": 1}
    with here.store.read() as reader:
        id_ = COMPUTER.load_shelf().get(reader, "pc1").id
        found = class_rows(reader, id_, class_in(reader, "software"))
    assert [row["name"] for row in found["rows"]] == ["vim"]
    twice = records.parsed(written(SentRows("software", guid, AT, "a" * 32, ("name", "name"), [["vim", "vi"]])))
    with pytest.raises(BadRecordError):
        child.send(here, [twice])
    mine = here.add(COMPUTER, "mine")
    with pytest.raises(NotOwnerError):
        child.send(here, [records.parsed(written(SentRows("software", mine, AT, "a" * 32, *_SOFTWARE)))])


_SOFTWARE = (("name", "version"), [["vim", "9.1"]])


def test_verification_finds_what_differs(here: TestServer, parent: TestServer) -> None:
    for name in ("a", "b", "c", "d"):
        parent.add(SCHEDULE, name, daily="03:00")
    puts = parent.puts([SCHEDULE])
    parent.send(here, puts)
    assert parent.send(here, _checks(puts)).differing == []
    changed = next(one["guid"] for one in puts if one["name"] == "b")
    here.store.write(_past_the_lock)
    (part,) = parent.send(here, _checks(puts)).differing
    assert part[3][changed] == "changed"
    assert part_of(changed, part[2]) == part[1]
    parent.send(here, puts)  # healed
    assert parent.send(here, _checks(puts)).differing == []
    assert here.get(SCHEDULE, "b")["daily"] == "03:00"


def _past_the_lock(unit: UnitOfWork) -> None:
    with unlocked(unit):
        SCHEDULE.load_shelf().set(unit, "b", {"daily": "09:00"})


def _checks(puts: list[dict[str, Any]], parts: int = 3) -> list[dict[str, Any]]:
    found = []
    for part in range(parts):
        hashes = {str(one["guid"]): str(one["hash"]) for one in puts if part_of(str(one["guid"]), parts) == part}
        found.append(records.parsed(written(PartCheck("schedule", part, parts, part_digest(hashes), len(hashes)))))
    return found


def test_events_move_merge_and_purge(here: TestServer, parent: TestServer, child: TestServer) -> None:
    guid = child.add(COMPUTER, "pc1")
    child.send(here, child.puts([COMPUTER]))
    moved = HierarchyEvent("move", "computer", guid, AT, {"owner": here.guid})
    child.send(here, [records.parsed(written(moved))])
    here.set(COMPUTER, "pc1", description="it is this server's now")
    with pytest.raises(NotOwnerError):
        child.send(here, [records.parsed(written(moved))])
    survivor = "11111111-1111-4111-8111-111111111111"
    merged = HierarchyEvent("merge", "computer", guid, AT, {"survivor": survivor, "owner": here.guid})
    with pytest.raises(NotOwnerError):
        child.send(here, [records.parsed(written(merged))])
    parent.send(here, [records.parsed(written(merged))])
    assert set(here.all(COMPUTER)) == {survivor}
    with here.store.read() as reader:
        assert COMPUTER.load_shelf().get(reader, guid).guid == survivor  # the old one leads on
    trust = records.parsed(written(HierarchyEvent("merge", "computer", survivor, AT, {"survivor": "no"})))
    with pytest.raises(BadRecordError):
        parent.send(here, [trust])


def test_names_that_are_other_here_are_followed_by_guid(here: TestServer, child: TestServer) -> None:
    child.add(SITE, "rome")
    child.add(SUBNET, "10.0.0.0/8", site="rome")
    child.send(here, child.puts([SITE]))
    renamed = [one | {"refs": {}} for one in child.puts([SITE])]
    child.store.write(lambda unit: SITE.load_shelf().set(unit, "rome", {}, rename="roma"))
    child.send(here, child.puts([SUBNET]))  # before its site has the new name here
    assert here.get(SUBNET, "10.0.0.0/8")["site"] == "rome"
    child.send(here, child.puts([SITE]))
    assert here.get(SUBNET, "10.0.0.0/8")["site"] == "roma"
    assert renamed


def _of(puts: list[dict[str, Any]], guid: str) -> list[dict[str, Any]]:
    return [one for one in puts if one["guid"] == guid]
